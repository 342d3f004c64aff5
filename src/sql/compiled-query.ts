/** ClickHouse SQL with typed placeholders (`{p0:UInt32}`) and their values, numbered in order of appearance. */
export interface CompiledQuery {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}
