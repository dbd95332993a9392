/**
 * Statements written as templates: what is put into them is bound as a parameter, always, unless it is a statement itself. So no value
 * ever becomes a part of the text.
 */
import { UsageError } from '../../errors/index.ts'

/** A statement, or a part of one: text, and what is put in between. */
export class Sql {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]

  /** Made by the `sql` tag. */
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings
    this.values = values
  }
}

/** A name in a statement: a table, a column. */
export class Identifier {
  readonly names: readonly string[]

  /** Made by `sql.identifier`. */
  constructor(names: readonly string[]) {
    this.names = names
  }
}

/** What the `sql` tag is, and what it has besides. */
export interface SqlTag {
  /** A statement, or a part of one to be put into another. */
  (strings: TemplateStringsArray, ...values: readonly unknown[]): Sql
  /** A name, quoted as the database wants it: `sql.identifier('shop', 'users')` is `"shop"."users"`. */
  identifier(...names: readonly string[]): Identifier
  /** Values in parentheses, each bound: `where id in ${sql.list([1, 2])}`. An empty list is an error, since no database takes it. */
  list(values: readonly unknown[]): Sql
  /** Parts with something in between, by default a comma. Parts that are no statements are bound. */
  join(parts: readonly unknown[], separator?: Sql): Sql
  /** Text as it is. Nothing of it may come from outside. */
  unsafe(text: string): Sql
}

/**
 * Writes a statement, or a part of one.
 *
 * @example
 * import { within } from 'withal'
 * import { sql, sqlite } from 'withal/sqlite'
 * await within(sqlite(':memory:'), async (db) => {
 *   await db.execute`create table user (id integer, name text)`
 *   await db.execute`insert into user values (1, ${'Ann'}), (2, ${'Bob'})`
 *   const isWanted = sql`name <> ${'Bob'}`
 *   return await db.query`select name from ${sql.identifier('user')} where ${isWanted} and id in ${sql.list([1, 2])}`
 * }) // => [{ name: 'Ann' }]
 */
export const sql: SqlTag = Object.assign(
  (strings: TemplateStringsArray, ...values: readonly unknown[]): Sql => new Sql(strings, values),
  {
    identifier(...names: readonly string[]): Identifier {
      const wrong = names.find((name) => typeof name !== 'string' || name === '' || name.includes('\0'))
      if (names.length > 0 && wrong === undefined) return new Identifier(names)
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`sql.identifier\` got ${JSON.stringify(wrong) ?? 'nothing'}. Give the name of a table or column.`,
      )
    },
    list(values: readonly unknown[]): Sql {
      if (values.length > 0) return new Sql(['(', ...values.slice(1).map(() => ', '), ')'], values)
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        '`sql.list` got an empty list, which no database takes. Leave the condition out, or write one that is false.',
      )
    },
    join(parts: readonly unknown[], separator: Sql = new Sql([', '], [])): Sql {
      const values = parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
      return new Sql(
        Array.from({ length: values.length + 1 }, () => ''),
        values,
      )
    },
    unsafe: (text: string): Sql => new Sql([text], []),
  },
)

/** How a database writes statements. */
export interface SqlDialect {
  /** How the parameter of that number (from 1) is written. */
  placeholder(number: number): string
  /** A name in quotes, with the quotes in it doubled. */
  quote(name: string): string
}

/** A statement as it is sent. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** The texts of templates that have only values in them: the same place gives the same text, of which much is known by then. */
const plainTexts = new WeakMap<readonly string[], { readonly dialect: SqlDialect; readonly text: string }>()

/** Puts a statement together. */
export function compile(statement: Sql, dialect: SqlDialect): Statement {
  return statement.values.some(isPart) ? compileParts(statement, dialect) : compilePlain(statement, dialect)
}

function isPart(value: unknown): boolean {
  return value instanceof Sql || value instanceof Identifier
}

function compilePlain({ strings, values }: Sql, dialect: SqlDialect): Statement {
  const parameters = values.map((value, index) => checkParameter(value, index + 1))
  const known = plainTexts.get(strings)
  if (known?.dialect === dialect) return { text: known.text, parameters }
  const text = strings.reduce((written, string, index) => written + dialect.placeholder(index) + string)
  plainTexts.set(strings, { dialect, text })
  return { text, parameters }
}

function compileParts(statement: Sql, dialect: SqlDialect): Statement {
  const parameters: unknown[] = []
  const text = textOf(statement)
  return { text, parameters }

  function textOf({ strings, values }: Sql): string {
    let written = strings[0] ?? ''
    for (const [index, value] of values.entries()) written += partOf(value) + (strings[index + 1] ?? '')
    return written
  }

  function partOf(value: unknown): string {
    if (value instanceof Sql) return textOf(value)
    if (value instanceof Identifier) return value.names.map((name) => dialect.quote(name)).join('.')
    parameters.push(checkParameter(value, parameters.length + 1))
    return dialect.placeholder(parameters.length)
  }
}

/** Refuses what is nearly always a mistake, and differs from driver to driver. */
export function checkParameter(value: unknown, number: number): unknown {
  const wrong =
    value === undefined
      ? 'undefined'
      : typeof value === 'function' || typeof value === 'symbol'
        ? typeof value
        : undefined
  if (wrong === undefined) return value
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `Parameter ${number} of a statement is ${wrong}. Give a value, or null where there is none.`,
  )
}
