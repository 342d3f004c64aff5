import type { EntityManager } from 'typeorm';

const GONE = `
  SELECT id FROM persons WHERE id = ANY ($1) AND NOT EXISTS (SELECT 1 FROM members WHERE person_id = persons.id)
    AND NOT EXISTS (SELECT 1 FROM identities WHERE person_id = persons.id)`;

/**
 * Deletes those of the persons who are in no account any more, with all that is theirs. Who was removed from an account
 * with an identity of its provider stays: he would else come back by that. Whoever accepts an invitation at the same
 * moment is waited for.
 * @returns how many went
 */
export async function forgetPersons(manager: EntityManager, personIds: readonly string[]): Promise<number> {
  await manager.query('SELECT 1 FROM persons WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [personIds]);
  const gone = ((await manager.query(GONE, [personIds])) as { id: string }[]).map(({ id }) => id);
  const owned = manager.connection.entityMetadatas.filter(({ columns }) =>
    columns.some(({ propertyName }) => propertyName === 'personId'),
  );
  for (const { tableName } of owned) await manager.query(`DELETE FROM ${tableName} WHERE person_id = ANY ($1)`, [gone]);
  await manager.query('DELETE FROM persons WHERE id = ANY ($1)', [gone]);
  return gone.length;
}
