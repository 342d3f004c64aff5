import { ZONE_ALIASES } from '../../../../src/core/time/zone-aliases.js';
import { parseTimeZone } from '../../../../src/core/time/zone.js';
import { refusal } from '../failing.js';

describe('parseTimeZone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['AMERICA/PORT-AU-PRINCE', 'America/Port-au-Prince'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['asia/kolkata', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['US/Eastern', 'America/New_York'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['GMT', 'UTC'],
    ['Zulu', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['EST', 'America/Panama'],
    ['Europe/Oslo', 'Europe/Oslo'],
  ])('calls %s %s', (name, zone) => {
    expect(parseTimeZone(name, '/time_zone')).toBe(zone);
  });

  it.each([
    'PST',
    'IST',
    '+01:00',
    'UTC+1',
    'GMT+5',
    'Z',
    'Europe/Atlantis',
    'Etc/GMT+99',
    'Europe/Berlin ',
    '',
    'x/'.repeat(50_000),
    1,
    null,
    {},
  ])('refuses %p', (value) => {
    const refused = refusal(() => parseTimeZone(value, '/time_zone'));
    expect(refused).toMatchObject({ code: 'invalid_field', status: 422, pointers: ['/time_zone'] });
    expect(refused.detail).toContain('"Europe/Berlin"');
  });

  it('gives every zone that this machine knows one name that stays itself', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const zone = parseTimeZone(name, '/time_zone');
      expect(parseTimeZone(zone, '/time_zone')).toBe(zone);
    }
  });

  it('holds each alias once, and only of zones that exist', () => {
    const aliases = Object.values(ZONE_ALIASES).flat();
    expect(new Set(aliases).size).toBe(aliases.length);
    for (const [zone, names] of Object.entries(ZONE_ALIASES)) {
      const resolved = [zone, ...names].map(
        (name) => new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone,
      );
      expect(new Set(resolved).size).toBe(1);
    }
  });
});
