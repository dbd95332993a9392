/** What the errors of PostgreSQL mean (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import {
  AuthenticationError,
  ConnectionError,
  ConstraintError,
  DatabaseError,
  ParameterError,
  SerializationError,
  StatementError,
  UnknownDatabaseError,
} from '../database/errors.ts'
import { innermost, isTransientCode, lostErrorOf, networkAdvice } from '../database/network.ts'
import type { Statement } from '../database/sql.ts'
import { brief } from '../database/statements.ts'
import type { PgError } from './pg.ts'

/** The server is starting, ending, or has as many connections as it may. */
const transientStates = new Set(['57P03', '57P01', '57P02', '53300', '53400'])

/** Whether a connection that failed may be had a little later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConnectionError)) return false
  const { code = '' } = (error.cause ?? {}) as PgError
  return transientStates.has(code) || isTransientCode(code) || /terminated unexpectedly/.test(String(error.cause))
}

/** Whether the connection cannot be used after an error: it has ended, or leads to a server that has become read-only. */
export function isFatal(error: PgError, isReadOnly: boolean): boolean {
  const { severity, code = '' } = error
  return severity === 'FATAL' || severity === 'PANIC' || code.startsWith('57P') || (code === '25006' && !isReadOnly)
}

/** Why a connection could not be opened. */
export function connectionErrorOf(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error
  const { code = '', message } = innermost(error)
  const details = { cause: error, sqlState: sqlStateOf(error) }
  if (code === '28P01' || code === '28000') {
    return new AuthenticationError(
      `${name} does not let this user in: ${message}. Look at the user and the password.`,
      details,
    )
  }
  if (/client password must be a string/i.test(message)) {
    return new AuthenticationError(
      `${name} wants a password, and there is none. Give one in the address or as \`password\`.`,
      details,
    )
  }
  if (code === '3D000') {
    return new UnknownDatabaseError(`${name}: ${message}. Look at the name, or create it.`, details)
  }
  const advice =
    code === '53300'
      ? 'It has as many connections as it may: lower `max`, or raise its max_connections.'
      : networkAdvice(innermost(error))
  return new ConnectionError(`${name} could not be reached: ${message || code}. ${advice}`, details)
}

/** Where an error comes from. */
export interface ErrorPlace {
  /** Of the database. */
  readonly name: string
  /** Whether it was in a transaction that only reads. */
  readonly isReadOnly: boolean
}

/** Why a statement was refused, or what has become of its connection. */
export function statementErrorOf(error: unknown, statement: Statement, { name, isReadOnly }: ErrorPlace): unknown {
  if (error instanceof DatabaseError) return error
  const { code = '', severity, message, position, detail, hint, constraint } = error as PgError
  if (severity === undefined || severity === 'FATAL' || severity === 'PANIC')
    return lostErrorOf(error, name, sqlStateOf(error))
  const more = [detail, hint].filter((text) => text !== undefined).join(' ')
  const text = `${message}, in: ${brief(statement.text)}${more === '' ? '' : ` (${more})`}`
  const details = {
    cause: error,
    statement: statement.text,
    sqlState: code,
    position: position === undefined ? undefined : Number(position),
    constraint,
  }
  if (code.startsWith('23')) return new ConstraintError(text, details)
  if (code === '40001' || code === '40P01') return new SerializationError(text, details)
  if (isOfParameters(code, statement)) return new ParameterError(text, details)
  const isStandBy = code === '25006' && !isReadOnly
  return new StatementError(
    isStandBy ? `${text}. The server may have become a stand-by: the connection is closed.` : text,
    details,
  )
}

/** Another number of parameters; with parameters also: one of another type, or of a type that nobody can tell. */
function isOfParameters(code: string, { parameters }: Statement): boolean {
  if (code === '08P01' || code === '42P02') return true
  return parameters.length > 0 && ['42P18', '22P02', '22P03', '22007', '22021'].includes(code)
}

/** The five characters of the server; none when an error is not of the server. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as PgError
  return severity === undefined ? undefined : code
}
