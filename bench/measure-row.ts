/** Measures one row in a process of its own and prints the result as JSON: `measure-row.ts <area> <row> <effort>`. */
import { measureMemory } from './measure-memory.ts'
import { measure, type Effort } from './measure.ts'
import type { Area } from './rows.ts'

const [area, rowName, effort] = process.argv.slice(2) as [string, string, string] // started by run.ts only
const { rows } = ((await import(`./areas/${area}.ts`)) as { default: Area }).default // every file there has one
const row = rows.find(({ name }) => name === rowName)
if (row === undefined) throw new Error(`There is no row "${rowName}" in the area "${area}".`)
const found = 'keepers' in row ? await measureMemory(row) : await measure(row, JSON.parse(effort) as Effort) // written by run.ts
// What contestants keep open, a connection or a server, ends with the process.
process.stdout.write(JSON.stringify(found), () => process.exit())
