/** PostgreSQL: the bare driver, its own pool, and what stands on them. */
import { manyQueries, manyTransactions, oneQuery, oneTransaction } from '../database/rows.ts'
import type { Area } from '../rows.ts'

const database: Area = { rows: [oneQuery, manyQueries, oneTransaction, manyTransactions] }
export default database
