/** What all databases have in common: see docs/databases.md. Each adapter exports it, too. */
export * from './errors.ts'
export type { DatabaseOptions } from './pooled-database.ts'
export { Identifier, Sql, sql } from './sql.ts'
export type { SqlDialect, SqlTag, Statement } from './sql.ts'
export type {
  Connection,
  Cursor,
  CursorOptions,
  Database,
  Execution,
  IsolationLevel,
  Queryable,
  Row,
  StatementOptions,
  Transactable,
  Transaction,
  TransactionOptions,
  TransactOptions,
} from './types.ts'
