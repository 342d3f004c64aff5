type Part = Readonly<Record<string, unknown>>;

/** What a new request needs of an answer. */
interface Answered {
  readonly request: Part;
  readonly cohort: { readonly id: string | null };
}

/**
 * The body that asks the same again: the resolved request without what only resolved ones have. A saved cohort goes by
 * its id, in its present version; a list that was written into the request by its hash, which the service knows. Who may
 * not see single users does not see the hash either: the list is left open.
 */
export function bodyOf({ request, cohort }: Answered): Part {
  const { semantics_version: _, cohort: resolved, ...rest } = request;
  const asked = cohort.id ?? (hasHiddenList(resolved) ? '' : resolved);
  return { cohort: asked, ...(withoutNulls(rest) as Part) };
}

function hasHiddenList(cohort: unknown): boolean {
  if (Array.isArray(cohort)) return cohort.some(hasHiddenList);
  if (typeof cohort !== 'object' || cohort === null) return false;
  return Object.entries(cohort).some(([name, part]) => (name === 'members' && part === null) || hasHiddenList(part));
}

/** Null stands for what was not given; so do an empty list, and an object in which nothing is given. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withoutNulls(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => !isNothing(member)));
}

function isNothing(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
