/** `withal/postgres`: a PostgreSQL server, or PGlite in the program itself. */
export * from '../database/index.ts'
export type { PgNotice } from './pg.ts'
export { postgres, PostgresDatabase } from './postgres.ts'
export type { PostgresOptions } from './postgres.ts'
export type { TypeOptions } from './rows.ts'
