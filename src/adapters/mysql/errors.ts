/**
 * What the errors of MySQL and MariaDB mean (https://mariadb.com/docs/server/reference/error-codes,
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
 */
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
import { CursorStoppedError } from './cursor.ts'
import type { MysqlError } from './mysql2.ts'

const accessDenied = new Set([1044, 1045, 1130, 1251, 1698, 1862])
const unknownDatabase = 1049
/** The server has as many connections as it may, or is being shut down. */
const transientNumbers = new Set([1040, 1053, 1203, 1226])
const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN'])
/** Duplicates, foreign keys, nulls, missing values, checks. */
const constraints = new Set([1022, 1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 1557, 1586, 1761, 1762, 3819, 4025])
/** A deadlock, a lock that was waited for too long or not at all, a row that has changed since it was read. */
const lost = new Set([1020, 1205, 1213, 3572])
const wrongParameters = new Set([1210, 1292, 1366, 1367, 1411])
const stopped = new Set([1317, 1028, 3024, 1969])
/** The connection was ended by the server. */
const ended = new Set([1053, 1152, 1153, 1184, 1927, 3169, 4031])
const isReadOnlyServer = new Set([1290, 1836])

/** Whether a connection that failed may be had a little later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConnectionError)) return false
  const { code = '', errno = 0 } = innermost(error.cause)
  return transientNumbers.has(errno) || transientCodes.has(code) || code === 'PROTOCOL_CONNECTION_LOST'
}

/** Whether the connection cannot be used after an error: it has ended, or leads to a server that has become read-only. */
export function isFatal({ errno = 0, fatal }: MysqlError): boolean {
  return fatal === true || ended.has(errno) || isReadOnlyServer.has(errno)
}

/** Whether an error is how a statement ends that was stopped. */
export function isStopped(error: unknown): boolean {
  if (error instanceof CursorStoppedError) return true
  const { errno = 0 } = ((error as Error).cause ?? {}) as MysqlError
  return stopped.has(errno)
}

/** Whether the server has undone the whole transaction, or it must be. */
export function losesTransaction(error: unknown): boolean {
  return error instanceof SerializationError
}

/** Why a connection could not be opened. */
export function connectionErrorOf(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error
  const { code = '', errno = 0, message, sqlState } = innermost(error)
  const details = { cause: error, sqlState }
  if (accessDenied.has(errno)) {
    return new AuthenticationError(
      `${name} does not let this user in: ${message}. Look at the user, the password, and what the user may do.`,
      details,
    )
  }
  if (errno === unknownDatabase) {
    return new UnknownDatabaseError(`${name}: ${message}. Look at the name, or create it.`, details)
  }
  return new ConnectionError(
    `${name} could not be reached: ${message || code}. ${adviceFor(code, errno, message)}`,
    details,
  )
}

/** Why a statement was refused, or what has become of its connection. */
export function statementErrorOf(error: unknown, statement: Statement, name: string): unknown {
  if (error instanceof DatabaseError) return error
  const { errno = 0, message, sqlMessage, sqlState, fatal } = error as MysqlError
  if (fatal === true || ended.has(errno)) return lostErrorOf(error, name)
  const text = `${sqlMessage ?? message}, in: ${brief(statement.text)}`
  const details = { cause: error, statement: statement.text, sqlState }
  if (constraints.has(errno)) return new ConstraintError(text, { ...details, constraint: constraintOf(message) })
  if (lost.has(errno)) return new SerializationError(text, details)
  if (wrongParameters.has(errno) && statement.parameters.length > 0) return new ParameterError(text, details)
  if (isReadOnlyServer.has(errno)) {
    return new StatementError(`${text}. The server may have become a replica: the connection is closed.`, details)
  }
  return new StatementError(text, details)
}

/** What is told to whoever used a connection that is lost. */
export function lostErrorOf(cause: unknown, name: string): ConnectionError {
  const { message, code } = innermost(cause)
  return new ConnectionError(
    `The connection to ${name} was lost: ${message || code}. What it was doing may have been done or not; the next statement gets another one.`,
    { cause },
  )
}

/** In a message: CONSTRAINT `name`, key 'name'. */
function constraintOf(message: string): string | undefined {
  return /constraint [`'"]([^`'"]+)/i.exec(message)?.[1] ?? /for key '([^']+)'/i.exec(message)?.[1]
}

/** Trying several addresses of a host gives a group, whose own text is empty. */
function innermost(error: unknown): MysqlError {
  return error instanceof AggregateError && error.errors.length > 0 ? innermost(error.errors[0]) : (error as MysqlError)
}

function adviceFor(code: string, errno: number, message: string): string {
  if (code === 'ECONNREFUSED') return 'Look whether it is running, and at host and port.'
  if (code === 'ENOENT') return 'Look at the path of its socket.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Look at the name of the host.'
  if (/certificate|altnames/i.test(message)) return 'Give the certificate of its authority: `ssl: { ca }`.'
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return 'Leave out `ssl`, or turn it on at the server.'
  if (errno === 1040) return 'It has as many connections as it may: lower `max`, or raise its max_connections.'
  return 'Look at the address, and at the log of the server.'
}
