/**
 * 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends: fit for a path, and never of an
 * id's form, which has an underscore.
 */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const SLUG_RULE = '1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit';
