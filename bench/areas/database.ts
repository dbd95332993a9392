/** PostgreSQL and MariaDB: the bare driver, its own pool, and what stands on them. */
import * as rows from '../database/rows.ts'
import type { Area } from '../rows.ts'

const database: Area = { rows: Object.values(rows) }
export default database
