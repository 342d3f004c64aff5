type Part = Readonly<Record<string, unknown>>;

/** What a new request needs of an answer. */
interface Answered {
  readonly request: Part;
  readonly cohort: { readonly id: string | null };
}

/**
 * The body that asks the same again: the resolved request without what only resolved ones have. A saved cohort goes by
 * its id, in its present version; a list that was written into the request is known by its hash alone, and is left open.
 */
export function bodyOf({ request, cohort }: Answered): Part {
  const { semantics_version: _, cohort: resolved, ...rest } = request;
  const { members } = resolved as Part;
  const asked = cohort.id ?? (typeof members === 'string' ? '' : resolved);
  return { cohort: asked, ...(withoutNulls(rest) as Part) };
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
