/** `withal/sqlite`: a database in a file or in memory. */
export * from '../database/index.ts'
export { sqlite, SqliteDatabase } from './sqlite.ts'
export type { SqliteOptions } from './sqlite.ts'
