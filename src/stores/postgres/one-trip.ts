import { escapeLiteral, type QueryResult } from 'pg';
import type { DataSource } from 'typeorm';

/** A statement of SQL and the values of its parameters, `$1` the first. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Statements one after another in one transaction and one trip to PostgreSQL: each sees what those before it have done
 * and waited for. Their values stand in the text, quoted by pg, as such a message takes no parameters; lists are of
 * texts.
 * @returns the rows of each; throws what the database throws, with nothing done
 */
export async function inOneTrip(dataSource: DataSource, statements: readonly Statement[]): Promise<object[][]> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = await runner.connect();
    const sql = statements.map((statement) => withValues(statement)).join(';\n');
    const results: QueryResult | QueryResult[] = await client.query(sql);
    return (Array.isArray(results) ? results : [results]).map(({ rows }) => rows);
  } finally {
    await runner.release();
  }
}

/** The statement with its values in the place of its parameters. */
export function withValues({ sql, values }: Statement): string {
  return sql.replaceAll(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]));
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return escapeLiteral(String(value));
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  if (Array.isArray(value)) return escapeLiteral(`{${value.map((one) => quotedElement(String(one))).join(',')}}`);
  if (typeof value === 'string') return escapeLiteral(value);
  throw new Error(`A ${typeof value} is no value of a statement`);
}

function quotedElement(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
