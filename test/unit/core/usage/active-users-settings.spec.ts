import { Failure } from '../../../../src/core/failure.js';
import { parseActiveUsersSettings } from '../../../../src/core/usage/active-users-settings.js';

/** The code of what is thrown, and the places that it names. */
function refusal(body: unknown): readonly unknown[] {
  try {
    return ['taken', parseActiveUsersSettings(body)];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [error.code, ...error.errors.map(({ pointer }) => pointer)];
  }
}

describe('settings of active users', () => {
  it('have a default for what is absent or null', () => {
    const defaults = parseActiveUsersSettings({});
    expect(defaults.windows).toEqual(['P1D', 'P7D', 'P30D']);
    const nulls = { activity: null, windows: null, presence: null, exclude: null, every: null };
    expect(parseActiveUsersSettings(nulls)).toEqual(defaults);
    expect(parseActiveUsersSettings({ activity: { event: null } })).toEqual(defaults);
  });

  it('are themselves when they are parsed again', () => {
    const settings = parseActiveUsersSettings({
      activity: {
        event: 'edit',
        where: {
          and: [
            { property: 'b', gt: 1 },
            { property: 'a', before: '2026-01-01' },
          ],
        },
      },
      windows: ['PT36H', 'P1D', 'PT24H'],
      presence: { from: ['b', 'a', 'b'], to: 'c', max: 'PT48H' },
      exclude: { not: { trait: 'bot', eq: false } },
      every: 'PT60M',
    });
    expect(settings).toMatchObject({
      windows: ['P1D', 'P1DT12H'],
      presence: { from: ['a', 'b'], to: ['c'], session: null, max: 'P2D' },
      every: 'PT1H',
    });
    expect(parseActiveUsersSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });

  it.each([
    [[], 'invalid_field', ''],
    [{ window: ['P1D'] }, 'unknown_field', '/window'],
    [{ activity: 'login' }, 'invalid_field', '/activity'],
    [{ activity: { events: 'login' } }, 'unknown_field', '/activity/events'],
    [{ activity: { event: [] } }, 'invalid_field', '/activity/event'],
    [{ activity: { event: ['a', 7] } }, 'invalid_field', '/activity/event/1'],
    [{ activity: { where: { property: 'x' } } }, 'invalid_filter', '/activity/where'],
    [{ activity: { where: { property: 'x', before: { last: 'P1D' } } } }, 'invalid_filter', '/activity/where'],
    [{ windows: 'P1D' }, 'invalid_field', '/windows'],
    [{ windows: [] }, 'invalid_field', '/windows'],
    [{ windows: ['P1D', 'P1M'] }, 'invalid_time', '/windows/1'],
    [{ windows: ['PT0S'] }, 'invalid_time', '/windows/0'],
    [{ windows: Array.from({ length: 11 }, (_, i) => `P${i + 1}D`) }, 'limit_exceeded', '/windows'],
    [{ presence: { to: 'logout' } }, 'invalid_field', '/presence/from'],
    [{ presence: { from: 'login', to: [] } }, 'invalid_field', '/presence/to'],
    [{ presence: { from: ['login', 'ping'], to: ['logout', 'ping'] } }, 'invalid_field', '/presence/to'],
    [{ presence: { from: 'login', to: 'logout', session: '' } }, 'invalid_field', '/presence/session'],
    [{ presence: { from: 'login', to: 'logout', max: 'P1Y' } }, 'invalid_time', '/presence/max'],
    [{ exclude: { property: 'x', eq: 1 } }, 'unknown_field', '/exclude/property'],
    [{ exclude: { trait: 'left', after: { last: 'P1D' } } }, 'invalid_filter', '/exclude'],
    [{ every: 'PT59.999S' }, 'invalid_time', '/every'],
    [{ every: 'P7DT0.001S' }, 'invalid_time', '/every'],
  ])('refuse %j with %s at %s', (body, code, pointer) => {
    expect(refusal(body).slice(0, 2)).toEqual([code, pointer]);
  });

  it('tell all that is wrong at once', () => {
    const body = { windows: ['P1Y', 'P0D'], every: 'x', presence: { from: 1 } };
    expect(refusal(body).slice(1)).toEqual(['/windows/0', '/windows/1', '/presence/from', '/presence/to', '/every']);
  });
});
