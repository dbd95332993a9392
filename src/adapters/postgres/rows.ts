/** How rows are made of what the server sends. */
import { StatementError } from '../database/errors.ts'
import type { PgField } from './pg.ts'

/** Gives the function that reads a type, by the number that the server has for it. */
export type Parsers = (oid: number) => (text: string) => unknown

/** What can be said of types. */
export interface TypeOptions {
  /** Whether `bigint`s of the database come as `bigint`. Without it they are numbers, and those above 2^53 an error. Default: false. */
  readonly bigints?: boolean | undefined
  /** Functions that read types, by their number (`select oid, typname from pg_type`): `{ 1700: Number }` for `numeric`. */
  readonly types?: Readonly<Record<number, (text: string) => unknown>> | undefined
}

const int8 = 20

/** The functions that read types: what was given, before those of the driver. */
export function parsersOf({ bigints = false, types = {} }: TypeOptions, usual: Parsers): Parsers {
  return (oid) => types[oid] ?? (oid === int8 ? (bigints ? BigInt : safeInteger) : usual(oid))
}

/** @throws StatementError  It is too large for a number. */
export function safeInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new StatementError(`${text} is too large for a number. Open the database with \`bigints: true\`.`)
}

/** The columns of a result. */
export class RowShape {
  readonly #names: readonly string[]
  readonly #parsers: readonly ((text: string) => unknown)[]
  /** Rows that begin with all their properties have the same hidden class. */
  readonly #empty: Readonly<Record<string, unknown>>

  constructor(fields: readonly PgField[], parsers: Parsers) {
    this.#names = fields.map(({ name }) => name)
    this.#parsers = fields.map(({ dataTypeID }) => parsers(dataTypeID))
    this.#empty = Object.fromEntries(this.#names.map((name) => [name, null]))
  }

  /** @throws  What reading a value throws. */
  row(values: readonly (string | null)[]): unknown {
    const row: Record<string, unknown> = { ...this.#empty }
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      // As many as there are columns; a later column of the same name wins, null or not.
      row[this.#names[index]!] = value === null || value === undefined ? null : this.#parsers[index]!(value)
    }
    return row
  }
}
