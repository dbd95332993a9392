/** `withal/mysql`: a database of a MySQL or MariaDB server. */
export * from '../database/index.ts'
export { mysql, MysqlDatabase } from './mysql.ts'
export type { MysqlOptions } from './mysql.ts'
export type { TypeOptions } from './rows.ts'
