/** Every program in examples/ but linkcheck, which has tests of its own, runs against the built package, and prints what its head says. `<number>` stands for any. */
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { mariadbForTests, postgresForTests } from './servers/for-tests.ts'
import { hasMariadb } from './servers/mariadb-server.ts'
import { hasPostgres } from './servers/postgres-server.ts'

// Inside the repository, so that `withal` means the built package.
const folder = '.examples'

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
})

/** Those that need a server, which they find by a variable of the environment. */
const mariadb = mariadbForTests()
const postgres = postgresForTests()
const needing: Readonly<Record<string, { readonly canBe: boolean; readonly url: () => string }>> = {
  MYSQL_URL: { canBe: hasMariadb, url: () => mariadb().url() },
  POSTGRES_URL: { canBe: hasPostgres, url: () => postgres().url() },
}

test.for(globSync(['examples/*.ts', 'examples/tutorials/*.ts']).toSorted())(
  '%s prints what its head says',
  async (file, { skip }) => {
    const source = readFileSync(file, 'utf8')
    const [variable = '', server] = Object.entries(needing).find(([name]) => source.includes(`env['${name}']`)) ?? []
    skip(server?.canBe === false, 'its server is not installed')
    const expected = linesAfterPrints(source)
    expect(expected, 'the lines after `Prints:` in its head').not.toEqual([])
    // Node strips types by itself, but decorators it cannot read yet.
    const { code } = await transform(source, { loader: 'ts', target: 'es2022', format: 'esm' })
    const module = `${folder}/${file.replace(/\W+/g, '-')}.mjs`
    writeFileSync(module, code)
    const { stdout } = await promisify(execFile)(process.execPath, [module], {
      timeout: 15_000,
      env: { ...process.env, ...(server === undefined ? {} : { [variable]: server.url() }) },
    })
    const printed = stdout.trimEnd().split('\n')
    expect(printed.map((line, index) => (matches(line, expected[index]) ? expected[index] : line))).toEqual(expected)
  },
)

function linesAfterPrints(source: string): string[] {
  const head = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? ''
  const printed = /Prints:\n([\s\S]*)$/.exec(head)?.[1] ?? ''
  return printed
    .split('\n')
    .filter((line) => line.startsWith(' *   '))
    .map((line) => line.slice(' *   '.length))
}

function matches(line: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return false
  const parts = pattern.split('<number>').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[0-9.]+')}$`).test(line)
}
