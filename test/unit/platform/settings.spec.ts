import { readConfig } from '../../../src/platform/config/read-config.js';
import { VARIABLES } from '../../../src/platform/config/settings.js';
import { SETTINGS } from '../../support/settings.js';

describe('SETTINGS', () => {
  it('describes every variable that is read', () => {
    expect(SETTINGS.map(({ name }) => name)).toEqual(Object.keys(VARIABLES));
    expect(SETTINGS.filter(({ description }) => description === '')).toEqual([]);
  });

  it('holds defaults as one would write them', () => {
    const written = Object.fromEntries(SETTINGS.map((setting) => [setting.name, setting.default]));
    expect(written).toMatchObject({ MUSTER_PORT: '3000', MUSTER_FSYNC: 'off', DATABASE_URL: '' });
    expect(readConfig(written)).toEqual(readConfig({}));
  });
});
