/** Counts one up and notes the number as open, in one statement: nobody sees the one without the other. */
export const OPEN = `
  WITH counter AS (
    INSERT INTO ingest_counters (property_id, last_seq) VALUES ($1, 1)
    ON CONFLICT (property_id) DO UPDATE SET last_seq = ingest_counters.last_seq + 1
    RETURNING last_seq
  )
  INSERT INTO open_batches (property_id, seq, kind, instance_id)
  SELECT $1, last_seq, $2, $3 FROM counter
  RETURNING seq`;

/**
 * Notes what a batch moved and ends it, in one statement: the data version passes a number only with its touches. Days come sorted, so that
 * two batches that close at once never wait for each other. $3, $4: kinds and days; $5 to $7: new users, registrations, traits.
 * `version` is the data version that comes of it, as far as this statement can see. Who comes late, when another has ended the batch, moves days without a
 * change of what is open: the property's revision tells that.
 */
export const CLOSE = `
  WITH days AS (
    INSERT INTO touched_days (property_id, kind, day, seq)
    SELECT $1, kind, day, $2::bigint FROM unnest($3::text[], $4::integer[]) AS touched (kind, day)
    ON CONFLICT (property_id, kind, day) DO UPDATE SET seq = greatest(touched_days.seq, excluded.seq)
  ), marks AS (
    UPDATE ingest_counters SET
      new_user_seq = CASE WHEN $5 THEN greatest(new_user_seq, $2::bigint) ELSE new_user_seq END,
      registration_seq = CASE WHEN $6 THEN greatest(registration_seq, $2::bigint) ELSE registration_seq END,
      trait_seq = CASE WHEN $7 THEN greatest(trait_seq, $2::bigint) ELSE trait_seq END
    WHERE property_id = $1 AND ($5 OR $6 OR $7)
  ), ended AS (
    DELETE FROM open_batches WHERE property_id = $1 AND seq = $2::bigint RETURNING seq
  ), late AS (
    UPDATE property_revisions SET revision = revision + 1 WHERE property_id = $1 AND NOT EXISTS (SELECT 1 FROM ended)
  )
  SELECT
    EXISTS (SELECT 1 FROM ended) AS was_open,
    least(last_seq, (SELECT min(seq) - 1 FROM open_batches WHERE property_id = $1 AND seq <> $2::bigint)) AS version
  FROM ingest_counters WHERE property_id = $1`;

export const DATA_VERSION = `
  SELECT least(last_seq, (SELECT min(seq) - 1 FROM open_batches WHERE property_id = $1)) AS version
  FROM ingest_counters WHERE property_id = $1`;

export const LAST_GIVEN = 'SELECT last_seq AS seq FROM ingest_counters WHERE property_id = $1';

/** The open numbers below $2, and which of the days $3 hold events of closed ones. */
export const BEFORE = `
  SELECT
    ARRAY(SELECT seq::float8 FROM open_batches WHERE property_id = $1 AND seq < $2) AS open,
    ARRAY(SELECT day FROM touched_days WHERE property_id = $1 AND kind = 'event' AND day = ANY ($3::integer[])) AS days`;

/** What moved after $2. $3: events count, on days from $4 to $5; $6: registrations do, from $7 to $8; $9: new users do; $10: traits do. */
export const MOVED = `
  SELECT
    $3 AND EXISTS (
      SELECT 1 FROM touched_days WHERE property_id = $1 AND kind = 'event' AND day BETWEEN $4 AND $5 AND seq > $2
    ) AS events,
    $6 AND (registration_seq > $2 OR EXISTS (
      SELECT 1 FROM touched_days WHERE property_id = $1 AND kind = 'registration' AND day BETWEEN $7 AND $8 AND seq > $2
    )) AS registrations,
    $9 AND new_user_seq > $2 AS users,
    $10 AND trait_seq > $2 AS traits
  FROM ingest_counters WHERE property_id = $1 AND last_seq > $2`;
