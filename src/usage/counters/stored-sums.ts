/** What a sum grows to at most, and stays at: it and whatever is added to it fit into a bigint. */
export const MAX_SUM = 1_000_000_000_000_000;

/** Where rows of sums go, with `ADD_SUMS` behind. */
export const INTO_SUMS =
  'INSERT INTO usage_counts AS known (property_id, level, day, offset_ms, category, event, count)';

/** How rows of `usage_counts AS known` grow by rows of the same key. */
export const ADD_SUMS = `
  ON CONFLICT (property_id, level, day, offset_ms, category, event)
  DO UPDATE SET count = least(known.count + excluded.count, ${MAX_SUM})`;

/** The sum of the rows of a group. */
export const SUM_OF_GROUP = `least(sum(count), ${MAX_SUM})`;
