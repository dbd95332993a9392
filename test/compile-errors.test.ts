/** What a user reads when a program does not compile: the text says what to do. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Wrong programs, and what their errors must say. */
const mistakes: { name: string; code: string; says: string }[] = [
  {
    name: 'an async body of withinSync',
    code: `withinSync(lock, async () => 1)`,
    says: 'an async body needs `within`, not `withinSync`',
  },
  {
    name: 'what acts on a body, held',
    code: `hold(suppress(Error))`,
    says: 'this manager acts on a body: use within(manager, body)',
  },
  {
    name: 'what acts on a body, held synchronously',
    code: `holdSync(suppress(Error))`,
    says: 'this manager acts on a body: use within(manager, body)',
  },
  {
    name: 'what may swallow, on a stack',
    code: `new ExitStack().enter(swallows)`,
    says: 'this manager may swallow a failure: make the stack with <boolean>',
  },
  {
    name: 'a generator without a yield',
    code: `contextManager(async function* () {})`,
    says: 'the generator never yields a value',
  },
  {
    name: 'a synchronous generator without a yield',
    code: `contextManager(function* () {})`,
    says: 'the generator never yields a value',
  },
  {
    name: 'a synchronous generator that returns something else than true',
    code: `contextManager(function* () { yield 1; return 'done' })`,
    says: `Type 'string' is not assignable to type 'void | true'`,
  },
  {
    name: 'a synchronous generator with a limit of time',
    code: `contextManager(function* () { yield 1 }, { exitTimeout: 1000 })`,
    says: 'only the exit of an async generator can be limited',
  },
  {
    name: 'an asynchronous manager on a synchronous stack',
    code: `new ExitStack().enter(connection)`,
    says: 'not a synchronous manager: an AsyncExitStack takes asynchronous ones and promises',
  },
  {
    name: 'a promise of a manager on a synchronous stack',
    code: `new ExitStack().hold(Promise.resolve(lock))`,
    says: 'not a synchronous manager: an AsyncExitStack takes asynchronous ones and promises',
  },
  {
    name: 'a generator that yields a handle',
    code: `contextManager(async function* () { yield await hold(lock) })`,
    says: 'yield a value, not a handle: write `const value = yield* within(manager)`',
  },
  {
    name: 'an asynchronous step in function*',
    code: `contextManager(function* () { yield yield* within(connection) })`,
    says: `Type 'AsyncStep<string>' must have a '[Symbol.iterator]()' method`,
  },
  {
    name: 'a synchronous function, wrapped by an asynchronous manager',
    code: `wrap(connection, () => 1)`,
    says: 'an asynchronous manager cannot wrap a synchronous function: make it async',
  },
  {
    name: 'a callback whose value was not named',
    code: `fromCallback((run) => run(1))`,
    says: 'name the value: fromCallback<Transaction>(…)',
  },
  {
    name: 'a class without an exit',
    code: `class Half implements ContextManager<1> { '~enter'(): 1 { return 1 } }`,
    says: `Property ''~exit'' is missing in type 'Half'`,
  },
  {
    name: 'no manager',
    code: `within(42, () => 1)`,
    says: `Argument of type 'number' is not assignable to parameter of type`,
  },
  {
    name: 'a body with wrong parameters',
    code: `within(connection, (value: number) => value)`,
    says: `Type 'string' is not assignable to type 'number'`,
  },
]

const prelude = `import { contextManager, ExitStack, fromCallback, hold, holdSync, suppress, within, withinSync, wrap } from 'withal'
import type { AsyncContextManager, ContextManager } from 'withal'
declare const lock: ContextManager<'lock'>
declare const swallows: ContextManager<'value', true>
declare const connection: AsyncContextManager<string>
export const used = [contextManager, ExitStack, fromCallback, hold, holdSync, suppress, within, withinSync, wrap, lock, swallows, connection] as const
export type Used = ContextManager<1>
`

let folder: string
let output: string

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.compile-errors-')) // below the root, where `@types` are found
  await Promise.all([
    ...mistakes.map(({ code }, index) => writeFile(join(folder, `mistake${index}.ts`), `${prelude}${code}\n`)),
    writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { paths: { withal: [join(root, 'src/index.ts')] } },
        include: [],
        files: mistakes.map((_, index) => `mistake${index}.ts`),
      }),
    ),
  ])
  output = await compile(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(mistakes.map(({ name, says }, index) => ({ name, says, index })))('$name: $says', ({ says, index }) => {
  expect(errorsOf(`mistake${index}.ts`)).toContain(says)
})

/** What the compiler said of one file, with the lines that belong to its first line. */
function errorsOf(file: string): string {
  const blocks = output.split(/\n(?=\S)/)
  return blocks.filter((block) => block.includes(`${file}(`)).join('\n')
}

/** TypeScript 7's compiler, on all of them at once. It fails, as it should. */
function compile(project: string): Promise<string> {
  const require = createRequire(import.meta.url)
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', project, '--pretty', 'false'], (_, stdout, stderr) => {
      resolve(stdout + stderr)
    })
  })
}
