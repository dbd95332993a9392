/** What the errors of SQLite mean. */
import {
  ConnectionError,
  ConstraintError,
  DatabaseError,
  ParameterError,
  SerializationError,
  StatementError,
} from '../database/errors.ts'
import type { Statement } from '../database/sql.ts'
import { brief } from '../database/statements.ts'

/** The result codes that are told apart (https://www.sqlite.org/rescode.html); extended ones have them in their last byte. */
const codes = { busy: 5, locked: 6, constraint: 19, range: 25, notADatabase: 26 } as const

interface SqliteError extends Error {
  readonly errcode?: number
  readonly code?: string
}

/** Why a file could not be opened. */
export function connectionErrorOf(error: unknown, name: string): DatabaseError {
  const { errcode = 0, message } = error as SqliteError
  const why = errcode === codes.notADatabase ? 'it is a file, but no database' : message
  return new ConnectionError(
    `${name} could not be opened: ${why}. Look at the path, and whether it may be read and written.`,
    {
      cause: error,
    },
  )
}

/** Why a statement was refused. */
export function statementErrorOf(error: unknown, statement: Statement): unknown {
  const { errcode, code, message } = error as SqliteError
  const details = { cause: error, statement: statement.text }
  const text = `${message}, in: ${brief(statement.text)}`
  if (code === 'ERR_OUT_OF_RANGE')
    return new StatementError(`${text}. Open the database with \`bigints: true\`.`, details)
  if (errcode === undefined) return error instanceof DatabaseError ? error : new StatementError(text, details)
  switch (errcode & 0xff) {
    case codes.constraint:
      return new ConstraintError(text, { ...details, constraint: /: (.*)$/.exec(message)?.[1] })
    case codes.busy:
    case codes.locked:
      return new SerializationError(text, details)
    case codes.range:
      return new ParameterError(text, details)
    default:
      return new StatementError(text, details)
  }
}
