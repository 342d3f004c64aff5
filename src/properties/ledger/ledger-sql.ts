import { DAY_MS } from '../../core/time/utc-day.js';

/**
 * Counts up by as many batches as are opened and notes their numbers as open, in one statement: nobody sees the one
 * without the other. $4: of each the first batch of the same body, $5: the key that sent it. `deletion`: that of an
 * earlier batch which is under way (null: none), read from the row of the counter, which deletions change too. A
 * property without a counter is gone: no row.
 */
export const OPEN = `
  WITH counter AS (
    UPDATE ingest_counters SET last_seq = last_seq + cardinality($4::bigint[]) WHERE property_id = $1
    RETURNING last_seq, deletion_seq, deleted_seq
  )
  INSERT INTO open_batches (property_id, seq, kind, instance_id, stream_seq, api_key_id)
  SELECT $1, last_seq - cardinality($4::bigint[]) + place, $2, $3, sent.stream_seq, sent.api_key_id
  FROM counter, unnest($4::bigint[], $5::text[]) WITH ORDINALITY AS sent (stream_seq, api_key_id, place)
  ORDER BY place
  RETURNING seq, (SELECT deletion_seq FROM counter WHERE deletion_seq > deleted_seq) AS deletion`;

/** Gives the deletion of batch $2 a number, unless it has one. $3: the process, $4: the key. */
export const OPEN_DELETION = `
  WITH target AS (
    SELECT seq FROM batches WHERE property_id = $1 AND seq = $2::bigint AND deletion_seq IS NULL FOR UPDATE
  ), counter AS (
    UPDATE ingest_counters SET last_seq = last_seq + 1, deletion_seq = last_seq + 1
    WHERE property_id = $1 AND EXISTS (SELECT 1 FROM target)
    RETURNING last_seq
  ), marked AS (
    UPDATE batches SET deletion_seq = counter.last_seq FROM counter WHERE batches.property_id = $1 AND batches.seq = $2::bigint
  )
  INSERT INTO open_batches (property_id, seq, kind, instance_id, api_key_id, target_seq)
  SELECT $1, last_seq, 'deletion', $3, $4, $2::bigint FROM counter
  RETURNING seq`;

/**
 * The last number that moved each day. Days come sorted, so that two statements that close at once never wait for each
 * other. $3 to $5: kinds, days, numbers. `ofWhat`: rows beside which they are noted.
 */
const touchedDays = (ofWhat = ''): string => `
    INSERT INTO touched_days (property_id, kind, day, seq)
    SELECT $1, kind, day, seq FROM ${ofWhat} unnest($3::text[], $4::integer[], $5::bigint[]) AS touched (kind, day, seq)
    ON CONFLICT (property_id, kind, day) DO UPDATE SET seq = greatest(touched_days.seq, excluded.seq)`;

/** $6 to $8: the last numbers that moved new users, registrations, traits (0: none). */
const TOUCHED_MARKS = `
      new_user_seq = greatest(new_user_seq, $6::bigint),
      registration_seq = greatest(registration_seq, $7::bigint),
      trait_seq = greatest(trait_seq, $8::bigint)`;

/** Notes what a batch that is still open will have moved; $2: its number. */
export const RECORD_CHANGES = `
  WITH days AS (${touchedDays()}
  )
  UPDATE ingest_counters SET ${TOUCHED_MARKS}
  WHERE property_id = $1 AND last_seq >= $2::bigint`;

/** What is told of a batch when it ends, as a row of the list in $2. */
const ENDINGS = `json_to_recordset($2::json) AS ending (seq bigint, accepted integer, duplicates integer,
      conflicting integer, rejected integer, first_ms bigint, last_ms bigint, is_deletion boolean, tally json,
      stream_seq bigint, api_key_id text)`;

/**
 * Notes what batches moved and what became of them, and ends them, in one statement: the data version passes a number
 * only with its touches. $2: the batches (`ENDINGS`); a deletion ends with its batch marked as taken back. `version` is
 * the data version that comes of it, as far as this statement can see. Who comes late, when another has ended the batch,
 * moves days without a change of what is open: the property's revision tells that.
 */
export const CLOSE = `
  WITH endings AS MATERIALIZED (
    SELECT * FROM ${ENDINGS}
  ), days AS (${touchedDays()}
  ), marks AS (
    UPDATE ingest_counters SET ${TOUCHED_MARKS},
      deleted_seq = greatest(deleted_seq, (SELECT max(seq) FROM endings WHERE is_deletion))
    WHERE property_id = $1 AND ($6::bigint > 0 OR $7::bigint > 0 OR $8::bigint > 0 OR EXISTS (SELECT 1 FROM endings WHERE is_deletion))
  ), ended AS (
    DELETE FROM open_batches AS open USING endings WHERE property_id = $1 AND open.seq = endings.seq
    RETURNING open.seq, kind, open.stream_seq, open.api_key_id, target_seq, opened_at
  ), late AS (
    SELECT * FROM endings WHERE seq NOT IN (SELECT seq FROM ended)
  ), revised AS (
    UPDATE property_revisions SET revision = revision + 1 WHERE property_id = $1 AND EXISTS (SELECT 1 FROM late)
  ), kept AS (
    INSERT INTO batches (property_id, seq, kind, stream_seq, api_key_id, target_seq, opened_at, accepted, duplicates, conflicting, rejected, first_ms, last_ms, tally)
    SELECT $1, seq, kind, coalesce(ended.stream_seq, seq), ended.api_key_id, target_seq, opened_at,
      accepted, duplicates, conflicting, rejected, first_ms, last_ms, tally
    FROM ended JOIN endings USING (seq)
  ), kept_late AS (
    UPDATE batches SET accepted = late.accepted, duplicates = late.duplicates, conflicting = late.conflicting,
      rejected = late.rejected, tally = late.tally
    FROM late WHERE batches.property_id = $1 AND batches.seq = late.seq AND NOT late.is_deletion
  ), taken_back AS (
    UPDATE batches SET deleted_at = now() FROM ended WHERE batches.property_id = $1 AND batches.seq = ended.target_seq
  ), sums AS (
    DELETE FROM schema_sums USING ended WHERE schema_sums.property_id = $1 AND schema_sums.seq >= ended.target_seq
  )
  SELECT
    ARRAY(SELECT seq::float8 FROM ended) AS ended,
    least(last_seq, (SELECT min(seq) - 1 FROM open_batches
      WHERE property_id = $1 AND seq NOT IN (SELECT seq FROM endings))) AS version
  FROM ingest_counters WHERE property_id = $1`;

/**
 * Commits batches of new events whose rows are not in the engine yet: numbers them from $9 + 1, notes what they moved
 * and what they are, and writes their rows to the journal ($10: bytes, $11: with finer times, $12: the property's
 * number, $13: how many), in one statement. No row where another number than $9 was the last one: then what was found
 * out about the events may not hold.
 */
export const JOURNAL = `
  WITH endings AS MATERIALIZED (
    SELECT * FROM ${ENDINGS}
  ), counter AS (
    UPDATE ingest_counters SET last_seq = last_seq + $13::integer, ${TOUCHED_MARKS}
    WHERE property_id = $1 AND last_seq = $9::bigint
    RETURNING last_seq
  ), days AS (${touchedDays('counter,')}
  ), kept AS (
    INSERT INTO batches (property_id, seq, kind, stream_seq, api_key_id, opened_at, accepted, duplicates, conflicting, rejected, first_ms, last_ms, tally)
    SELECT $1, seq, 'events', coalesce(stream_seq, seq), api_key_id, now(), accepted, duplicates, conflicting, rejected, first_ms, last_ms, tally
    FROM endings, counter
  ), journaled AS (
    INSERT INTO event_journal (property_id, first_seq, last_seq, property_number, has_finer_times, rows)
    SELECT $1, $9::bigint + 1, last_seq, $12::integer, $11::boolean, $10::bytea FROM counter
  )
  SELECT last_seq FROM counter`;

/**
 * The last number that was given out; whether nothing is open; whether something else than upserts and the numbers in $3
 * came after $2; whether rows are in the journal.
 */
export const STANDING = `
  SELECT last_seq,
    NOT EXISTS (SELECT 1 FROM open_batches WHERE property_id = $1) AS is_quiet,
    EXISTS (SELECT 1 FROM batches
      WHERE property_id = $1 AND seq > $2::bigint AND kind <> 'users' AND seq <> ALL ($3::bigint[])) AS is_changed,
    EXISTS (SELECT 1 FROM event_journal WHERE property_id = $1) AS is_journaled
  FROM ingest_counters WHERE property_id = $1`;

export const DATA_VERSION = `
  SELECT least(last_seq, (SELECT min(seq) - 1 FROM open_batches WHERE property_id = $1)) AS version, deletion_seq, last_seq,
    EXISTS (SELECT 1 FROM event_journal WHERE property_id = $1) AS is_journaled
  FROM ingest_counters WHERE property_id = $1`;

export const LAST_GIVEN = 'SELECT last_seq AS seq FROM ingest_counters WHERE property_id = $1';

/** The open numbers below $2, and which of the days $3 hold events of closed ones. */
export const BEFORE = `
  SELECT
    ARRAY(SELECT seq::float8 FROM open_batches WHERE property_id = $1 AND seq < $2) AS open,
    ARRAY(SELECT day FROM touched_days WHERE property_id = $1 AND kind = 'event' AND day = ANY ($3::integer[])) AS days,
    EXISTS (SELECT 1 FROM event_journal WHERE property_id = $1 AND first_seq < $2) AS is_journaled`;

/**
 * What moved after $2. $3: events count, on days from $4 to $5; $6: registrations do, from $7 to $8; $9: new users do;
 * $10: traits do. `batches`: one that was taken back since may have held some of it.
 */
export const CHANGED_SINCE = `
  SELECT
    $3 AND EXISTS (
      SELECT 1 FROM touched_days WHERE property_id = $1 AND kind = 'event' AND day BETWEEN $4 AND $5 AND seq > $2
    ) AS events,
    $6 AND (registration_seq > $2 OR EXISTS (
      SELECT 1 FROM touched_days WHERE property_id = $1 AND kind = 'registration' AND day BETWEEN $7 AND $8 AND seq > $2
    )) AS registrations,
    $9 AND new_user_seq > $2 AS users,
    $10 AND trait_seq > $2 AS traits,
    EXISTS (
      SELECT 1 FROM batches WHERE property_id = $1 AND deletion_seq > $2 AND seq <= $2 AND CASE kind
        WHEN 'events' THEN $9 OR $3 AND last_ms / ${DAY_MS} >= $4 AND first_ms / ${DAY_MS} <= $5
        ELSE $6 OR $9 OR $10 END
    ) AS batches
  FROM ingest_counters WHERE property_id = $1 AND last_seq > $2`;

/** What is kept of the schema: the sum of all batches up to `seq`. */
export const KEPT_SUM = 'SELECT seq, entries FROM schema_sums WHERE property_id = $1';

/** Up to which number events came before batches were counted, and the number of the property in the engine. */
export const UNTALLIED = `
  SELECT untallied_seq, properties.number FROM ingest_counters JOIN properties ON properties.id = property_id WHERE property_id = $1`;

/**
 * What the batches above $2, up to $3, are made of, but for those taken back by then. Traits have the times at which
 * they came.
 */
export const TALLIED = `
  SELECT entry ->> 0 AS event, entry ->> 1 AS key, entry ->> 2 AS type, sum((entry ->> 3)::bigint)::float8 AS count,
    coalesce(min((entry ->> 4)::bigint), floor(extract(epoch FROM min(opened_at)) * 1000))::float8 AS first_ms,
    coalesce(max((entry ->> 5)::bigint), floor(extract(epoch FROM max(opened_at)) * 1000))::float8 AS last_ms,
    (array_agg(entry -> 6 ORDER BY seq DESC) FILTER (WHERE json_array_length(entry -> 6) > 0))[1:3] AS examples,
    bool_and((tally ->> 'isWhole')::boolean) AS is_whole
  FROM batches, json_array_elements(tally -> 'entries') AS entry
  WHERE property_id = $1 AND seq > $2 AND seq <= $3 AND (deletion_seq IS NULL OR deletion_seq > $3)
  GROUP BY 1, 2, 3`;

/** Keeps a sum, unless a batch was taken back since. */
export const KEEP_SUM = `
  INSERT INTO schema_sums (property_id, seq, entries)
  SELECT $1, $2::bigint, $3::json FROM ingest_counters WHERE property_id = $1 AND deletion_seq <= $2::bigint
  ON CONFLICT (property_id) DO UPDATE SET seq = excluded.seq, entries = excluded.entries WHERE schema_sums.seq < excluded.seq`;

/** Every open batch, those of deleted properties included: the deletion waits for them. */
export const OPEN_BATCHES = `
  SELECT open.property_id, coalesce(properties.number, deletion.property_number) AS number,
    open.seq, open.kind, open.instance_id, open.target_seq
  FROM open_batches AS open
  LEFT JOIN properties ON properties.id = open.property_id
  LEFT JOIN property_deletions AS deletion ON deletion.property_id = open.property_id
  ORDER BY open.property_id, open.seq`;
