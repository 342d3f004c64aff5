type Part = Readonly<Record<string, unknown>>;

/**
 * What a saved definition is made of, as the body of a cohort writes it: other cohorts by their ids, and nothing that
 * was not given.
 */
export function bodyOfDefinition(definition: Part): Part {
  if ('rule' in definition) {
    const { rule, universe } = definition;
    const isAll = universe === undefined || (universe as Part)['all'] === true;
    return { rule: withoutNulls(rule), ...(!isAll && { universe: partOf(universe) }) };
  }
  if ('set' in definition) return { set: operandsOf(definition['set'] as Part) };
  return { set: { or: [partOf(definition)] } };
}

function partOf(definition: unknown): unknown {
  const part = definition as Part;
  if (typeof part['cohort'] === 'string') return part['cohort'];
  return 'rule' in part || 'set' in part ? bodyOfDefinition(part) : part;
}

function operandsOf(set: Part): Part {
  return Object.fromEntries(
    Object.entries(set).map(([operation, parts]) => [operation, (parts as readonly unknown[]).map(partOf)]),
  );
}

/**
 * A set as the text that people write: names joined by `&` and `~`. Null: it has a rule, a list or `except` in it, which
 * no text says.
 */
export function expressionOf(set: unknown, nameOf: (id: string) => string | undefined): string | null {
  if (typeof set === 'string') return nameOf(set) ?? set;
  if (typeof set !== 'object' || set === null) return null;
  const part = set as Part;
  if (part['all'] === true) return 'all';
  if ('set' in part) return expressionOf(part['set'], nameOf);
  for (const [operation, sign] of [
    ['and', '&'],
    ['or', '~'],
  ] as const) {
    const parts = part[operation];
    if (!Array.isArray(parts)) continue;
    const texts = parts.map((one) => expressionOf(one, nameOf));
    if (texts.includes(null)) return null;
    return texts.map((text) => (operation === 'and' && text?.includes('~') === true ? `(${text})` : text)).join(sign);
  }
  return null;
}

/** The only one of a list as people write it. */
function oneOf(events: unknown): unknown {
  return Array.isArray(events) && events.length === 1 ? events[0] : events;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, withoutNulls(name === 'event' ? oneOf(member) : member)]),
  );
}
