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
import { innermost, isTransientCode, lostErrorOf, networkAdvice } from '../database/network.ts'
import type { Statement } from '../database/sql.ts'
import { brief } from '../database/statements.ts'
import { CursorStoppedError } from './cursor.ts'
import type { MysqlError } from './mysql2.ts'

const accessDenied = new Set([1044, 1045, 1130, 1251, 1698, 1862])
const unknownDatabase = 1049
/** The server has as many connections as it may, or is being shut down. */
const transientNumbers = new Set([1040, 1053, 1203, 1226])
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
  return transientNumbers.has(errno) || isTransientCode(code) || code === 'PROTOCOL_CONNECTION_LOST'
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
  const advice =
    errno === 1040
      ? 'It has as many connections as it may: lower `max`, or raise its max_connections.'
      : networkAdvice(innermost(error))
  return new ConnectionError(`${name} could not be reached: ${message || code}. ${advice}`, details)
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

/** In a message: CONSTRAINT `name`, key 'name'. */
function constraintOf(message: string): string | undefined {
  return /constraint [`'"]([^`'"]+)/i.exec(message)?.[1] ?? /for key '([^']+)'/i.exec(message)?.[1]
}
