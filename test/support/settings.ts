import { VARIABLES } from '../../src/platform/config/settings.js';

/**
 * The table of settings of docs/reference.md, as data: the default as one would write it, empty where it is not set.
 */
export const SETTINGS = Object.entries(VARIABLES).map(([name, spec]) => ({
  name,
  default: String(spec.default ?? ''),
  description: spec.desc ?? '',
}));
