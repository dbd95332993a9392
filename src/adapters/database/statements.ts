/** The ways in which a statement can be given, and what is made of its result. */
import { UsageError } from '../../errors/index.ts'
import { CursorReader } from './cursor.ts'
import type { DriverCursor, Result } from './driver.ts'
import { RowCountError } from './errors.ts'
import { checkParameter, compile, Sql } from './sql.ts'
import type { SqlDialect, Statement } from './sql.ts'
import type { Cursor, CursorOptions, Execution, Queryable, Row, StatementOptions } from './types.ts'

/** How a statement is given: as a template with values, by the `sql` tag with options, or as text with parameters and options. */
type Given = readonly [first: TemplateStringsArray | Sql | string, ...rest: readonly unknown[]]

/** Gives statements to something that runs them. */
export abstract class Statements implements Queryable {
  protected abstract readonly dialect: SqlDialect
  protected abstract run(statement: Statement, options: StatementOptions): Promise<Result>
  protected abstract openCursor(statement: Statement, options: CursorOptions): Promise<DriverCursor>

  async query<R = Row>(...given: Given): Promise<R[]> {
    const { rows } = await this.#run(given)
    return rows as R[] // its user knows what the statement gives
  }

  async execute(...given: Given): Promise<Execution> {
    const { affected, insertId } = await this.#run(given)
    return insertId === undefined ? { affected } : { affected, insertId }
  }

  async queryOne<R = Row>(...given: Given): Promise<R> {
    const { statement, options } = read(given, this.dialect)
    const { rows } = await this.run(statement, options)
    if (rows.length === 1) return rows[0] as R // as above
    const many = rows.length === 0 ? 'no row' : `${rows.length} rows`
    throw new RowCountError(
      `A statement that has to give one row gave ${many}: ${brief(statement.text)}`,
      rows.length,
      {
        statement: statement.text,
      },
    )
  }

  async queryValue<T = unknown>(...given: Given): Promise<T> {
    const row = await this.queryOne<object>(...given)
    return Object.values(row)[0] as T // as above
  }

  cursor<R = Row>(...given: Given): Cursor<R> {
    const { statement, options } = read(given, this.dialect)
    return new CursorReader<R>(() => this.openCursor(statement, options))
  }

  #run(given: Given): Promise<Result> {
    const { statement, options } = read(given, this.dialect)
    return this.run(statement, options)
  }
}

/** Reads what was given. */
function read([first, ...rest]: Given, dialect: SqlDialect): { statement: Statement; options: CursorOptions } {
  if (isTemplate(first)) return { statement: compile(new Sql(first, rest), dialect), options: {} }
  if (first instanceof Sql) return { statement: compile(first, dialect), options: optionsOf(rest[0]) }
  if (typeof first !== 'string') throw noStatement(first)
  const parameters = rest[0] ?? []
  if (!Array.isArray(parameters)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      'The parameters of a statement are no list. Give them as `query(text, [a, b])`, or write the statement as a template.',
    )
  }
  parameters.forEach((value, index) => checkParameter(value, index + 1))
  return { statement: { text: first, parameters }, options: optionsOf(rest[1]) }
}

function optionsOf(given: unknown): CursorOptions {
  return given ?? {} // what is in it is checked where it is used
}

/** How many rows a cursor fetches at a time. */
export function batchSizeOf({ batchSize = 100 }: CursorOptions): number {
  if (Number.isSafeInteger(batchSize) && batchSize > 0) return batchSize
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`batchSize\` is ${String(batchSize)}. Give a whole number of rows, at least 1.`,
  )
}

function isTemplate(given: unknown): given is TemplateStringsArray {
  return Array.isArray(given) && 'raw' in given
}

function noStatement(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `A statement is ${typeof given === 'object' ? 'an object' : String(given)}. Write it as a template, as text, or with the \`sql\` tag.`,
  )
}

/** The beginning of a statement, for messages. */
export function brief(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
