import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';

/**
 * Columns in snake_case, and keys and indexes named as PostgreSQL itself would: both read well in SQL written by hand.
 */
export class SnakeNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, given: string | undefined, prefixes: string[]): string {
    return [...prefixes.map(snake), given ?? snake(property)].join('_');
  }

  override primaryKeyName(table: Table | string): string {
    return `${this.getTableName(table)}_pkey`;
  }

  override indexName(table: Table | string, columns: string[]): string {
    return [this.getTableName(table), ...columns, 'idx'].join('_');
  }
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
