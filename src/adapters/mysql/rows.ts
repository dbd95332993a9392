/** How values are given to the server, and rows made of what it sends. */
import { ParameterError, StatementError } from '../database/errors.ts'
import type { Statement } from '../database/sql.ts'
import type { Mysql2, MysqlConfig, MysqlField, MysqlValue } from './mysql2.ts'

/** What can be said of types. */
export interface TypeOptions {
  /** Whether `bigint`s of the database come as `bigint`. Without it they are numbers, and those above 2^53 an error. Default: false. */
  readonly bigints?: boolean | undefined
  /**
   * Functions that read types, by the name that the protocol has for them (`TINY SHORT LONG LONGLONG INT24 FLOAT DOUBLE NEWDECIMAL DATE
   * DATETIME TIMESTAMP TIME YEAR JSON BIT STRING VAR_STRING BLOB …`): `{ NEWDECIMAL: Number }` for `decimal`.
   */
  readonly types?: Readonly<Record<string, (text: string) => unknown>> | undefined
}

/** Of a column, in the protocol. */
const longLong = 8

/** What the driver is told of types. It gives large integers as text, so that none loses digits. */
export function typeConfig({ bigints = false, types = {} }: TypeOptions): MysqlConfig {
  const numbers = { supportBigNumbers: true, bigNumberStrings: bigints && types['LONGLONG'] === undefined }
  if (Object.keys(types).length === 0) return numbers
  return {
    ...numbers,
    typeCast: (value: MysqlValue, usual: () => unknown) => {
      const read = types[value.type]
      if (read === undefined) return usual()
      const text = value.string()
      return text === null ? null : read(text)
    },
  }
}

/** Makes integers of large ones. */
export type Fix = (rows: readonly unknown[], fields: readonly MysqlField[]) => void

/** What has to be done with rows before they are given. */
export function fixOf({ bigints = false, types = {} }: TypeOptions): Fix {
  if (types['LONGLONG'] !== undefined) return () => {}
  return (rows, fields) => {
    for (const { columnType, name } of fields) {
      if (columnType !== longLong) continue
      for (const row of rows as Record<string, unknown>[]) {
        const value = row[name]
        if (typeof value !== 'string') continue
        if (!bigints)
          throw new StatementError(`${value} is too large for a number. Open the database with \`bigints: true\`.`)
        row[name] = BigInt(value)
      }
    }
  }
}

/**
 * The parameters as the driver takes them.
 *
 * @param integer  Marks whole numbers. *
 * @throws ParameterError  One of them cannot be written.
 */
export function sendable(
  { text, parameters }: Statement,
  integer: Mysql2['TypedParameter']['LONGLONG'],
): readonly unknown[] {
  return parameters.map((value, index) => {
    switch (typeof value) {
      case 'number':
        // The driver sends all as doubles, which the server does not take for a `limit`.
        return Number.isSafeInteger(value) ? integer(value) : value
      case 'bigint':
        return value >= -(2n ** 63n) && value < 2n ** 63n ? integer(value) : value
      case 'object':
        if (value === null || Buffer.isBuffer(value)) return value
        if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        if (value instanceof ArrayBuffer) return Buffer.from(value)
        if (value instanceof Date) {
          if (!Number.isNaN(value.getTime())) return value
          throw new ParameterError(`Parameter ${index + 1} cannot be sent: it is an invalid Date.`, { statement: text })
        }
        return json(value, index, text)
      default:
        return value
    }
  })
}

function json(value: object, index: number, statement: string): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new ParameterError(`Parameter ${index + 1} cannot be sent: ${String(error)}`, { cause: error, statement })
  }
}
