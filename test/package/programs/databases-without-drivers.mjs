// Databases whose driver is not installed say which package that is, and how it is got.

import { within } from 'withal'
import { MissingDriverError, postgres } from 'withal/postgres'
import { mysql } from 'withal/mysql'

const databases = {
  'npm install pg': postgres('postgresql://user:secret@localhost/shop'),
  'npm install @electric-sql/pglite': postgres('pglite://memory'),
  'npm install mysql2': mysql('mysql://user:secret@localhost/shop'),
}
for (const [advice, database] of Object.entries(databases)) {
  const error = await within(database, () => undefined).catch((thrown) => thrown)
  const isTold = error instanceof MissingDriverError && error.message.includes(advice)
  if (!isTold || error.message.includes('secret')) throw new Error(`not told to "${advice}"`, { cause: error })
}
console.log('ok')
