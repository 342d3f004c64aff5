import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Property = Schemas['PropertyDto'];
