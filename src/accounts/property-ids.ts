import { In, type EntityManager } from 'typeorm';
import { invalid } from '../core/failure.js';
import { quoted } from '../core/json-shape.js';
import { PropertyEntity } from '../properties/property.entity.js';

/**
 * The ids of properties of an account that a body names by id or slug, in their order; `pointer` tells where the i-th
 * stands.
 * @throws Failure invalid_field for one that the account does not have
 */
export async function propertyIdsOf(
  manager: EntityManager,
  accountId: string,
  named: readonly string[],
  pointer: (i: number) => string,
): Promise<string[]> {
  if (named.length === 0) return [];
  const where = [
    { accountId, id: In(named) },
    { accountId, slug: In(named) },
  ];
  const known = await manager.find(PropertyEntity, { where });
  return named.map((name, i) => {
    const property = known.find(({ id, slug }) => id === name || slug === name);
    if (property === undefined) throw invalid('invalid_field', pointer(i), `There is no property ${quoted(name)}.`);
    return property.id;
  });
}
