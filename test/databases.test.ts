/** Holds docs/databases.md and the errors of databases together. */
import { readFileSync } from 'node:fs'
import { databaseErrorCodes } from 'withal/sqlite'
import { expect, test } from 'vitest'

const page = readFileSync('docs/databases.md', 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` +\| `(WITHAL_DB_\w+)` /gm)]

test('docs/databases.md explains every error of databases, and no other', () => {
  expect(new Set(rows.map(([, , code]) => code))).toEqual(new Set(databaseErrorCodes))
  expect(rows).toHaveLength(databaseErrorCodes.length)
})
