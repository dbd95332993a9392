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
import type { Statement } from '../database/sql.ts'
import { brief } from '../database/statements.ts'
import type { PgError } from './pg.ts'

/** The server is starting, ending, or has as many connections as it may. */
const transientStates = new Set(['57P03', '57P01', '57P02', '53300', '53400'])
const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN'])

/** Whether a connection that failed may be had a little later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConnectionError)) return false
  const { code = '' } = (error.cause ?? {}) as PgError
  return transientStates.has(code) || transientCodes.has(code) || /terminated unexpectedly/.test(String(error.cause))
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
  return new ConnectionError(`${name} could not be reached: ${message || code}. ${adviceFor(code, message)}`, details)
}

/** Why a statement was refused, or what has become of its connection. */
export function statementErrorOf(error: unknown, statement: Statement, name: string): unknown {
  if (error instanceof DatabaseError) return error
  const { code = '', severity, message, position, detail, hint, constraint } = error as PgError
  if (severity === undefined || severity === 'FATAL' || severity === 'PANIC') return lostErrorOf(error, name)
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
  if (code === '25006' && !/read-only transaction/.test(statement.text)) {
    return new StatementError(`${text}. The server may have become a stand-by: the connection is closed.`, details)
  }
  return new StatementError(text, details)
}

/** What is told to whoever used a connection that is lost. */
export function lostErrorOf(cause: unknown, name: string): ConnectionError {
  const { message, code } = innermost(cause)
  return new ConnectionError(
    `The connection to ${name} was lost: ${message || code}. What it was doing may have been done or not; the next statement gets another one.`,
    { cause, sqlState: sqlStateOf(cause) },
  )
}

/** Another number of parameters; with parameters also: one of another type, or of a type that nobody can tell. */
function isOfParameters(code: string, { parameters }: Statement): boolean {
  if (code === '08P01' || code === '42P02') return true
  return parameters.length > 0 && ['42P18', '22P02', '22P03', '22007', '22021'].includes(code)
}

/** Trying several addresses of a host gives a group, whose own text is empty. */
function innermost(error: unknown): PgError {
  return error instanceof AggregateError && error.errors.length > 0 ? innermost(error.errors[0]) : (error as PgError)
}

function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as PgError
  return severity === undefined ? undefined : code
}

function adviceFor(code: string, message: string): string {
  if (code === 'ECONNREFUSED') return 'Look whether it is running, and at host and port.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Look at the name of the host.'
  if (/certificate|self-signed|altnames/i.test(`${code} ${message}`)) {
    return 'Give the certificate of its authority: `ssl: { ca }`.'
  }
  if (/does not support SSL/.test(message)) return 'Leave out `ssl`, or turn it on at the server.'
  if (code === '53300') return 'It has as many connections as it may: lower `max`, or raise its max_connections.'
  return 'Look at the address, and at the log of the server.'
}
