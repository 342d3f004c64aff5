/** How many secrets are sealed by a key that this process does not have. */
export interface LostKey {
  readonly keyId: string;
  readonly secrets: number;
}

/** Rows are LostKey; `$1`: the ids of the keys that are here. */
export const LOST_KEYS = `
  SELECT key_id AS "keyId", count(*)::integer AS secrets FROM stored_secrets WHERE NOT key_id = ANY ($1)
  GROUP BY key_id ORDER BY key_id`;

/** What to do where the key of secrets is not here. */
export const LOST_KEY_ADVICE =
  'Put the key into MUSTER_SECRET_KEY, or its file secret-key into the data folder; where it is lost, set these secrets anew';
