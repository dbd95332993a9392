/**
 * What can go wrong with a database, the same for all of them. The class tells whose doing it was; the `cause` is the driver's own error.
 *
 *     DatabaseError
 *     ├─ ConnectionError             the server could not be reached, or the connection was lost
 *     │  ├─ AuthenticationError      wrong user or password
 *     │  └─ UnknownDatabaseError     there is no such database
 *     ├─ StatementError              the server refused a statement: `sqlState`, `position`
 *     │  ├─ ConstraintError          it would break a constraint: unique, foreign key, not null, check
 *     │  ├─ ParameterError           it takes another number of parameters, or other types
 *     │  └─ SerializationError       it lost against another transaction: the whole transaction can be tried again
 *     ├─ RowCountError               `queryOne` or `queryValue` got another number of rows than one
 *     ├─ TransactionEndedError       a transaction was used after its end
 *     ├─ CommitUnknownError          the connection was lost while committing: nobody knows whether it was committed
 *     └─ MissingDriverError          the driver is not installed
 */

/** Every code an error of a database adapter can have; docs/databases.md explains each. */
export const databaseErrorCodes = [
  'WITHAL_DB_CONNECTION',
  'WITHAL_DB_AUTHENTICATION',
  'WITHAL_DB_UNKNOWN_DATABASE',
  'WITHAL_DB_STATEMENT',
  'WITHAL_DB_CONSTRAINT',
  'WITHAL_DB_PARAMETER',
  'WITHAL_DB_SERIALIZATION',
  'WITHAL_DB_ROW_COUNT',
  'WITHAL_DB_TRANSACTION_ENDED',
  'WITHAL_DB_COMMIT_UNKNOWN',
  'WITHAL_DB_MISSING_DRIVER',
  'WITHAL_DB_UNSUPPORTED',
] as const

/** One of {@link databaseErrorCodes}. */
export type DatabaseErrorCode = (typeof databaseErrorCodes)[number]

/** What is known of an error besides its text. */
export interface DatabaseErrorDetails {
  readonly cause?: unknown
  /** The five characters of the SQL standard, where the database has them. */
  readonly sqlState?: string | undefined
  /** The text of the statement, without its parameters. */
  readonly statement?: string | undefined
  /** Where in the text the mistake is, from 1. */
  readonly position?: number | undefined
  /** The constraint that would be broken. */
  readonly constraint?: string | undefined
}

/** Something went wrong with a database. */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode
  readonly sqlState: string | undefined
  readonly statement: string | undefined
  constructor(code: DatabaseErrorCode, message: string, details: DatabaseErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.sqlState = details.sqlState
    this.statement = details.statement
  }
}

/** The server could not be reached, or the connection was lost. */
export class ConnectionError extends DatabaseError {
  constructor(message: string, details?: DatabaseErrorDetails, code: DatabaseErrorCode = 'WITHAL_DB_CONNECTION') {
    super(code, message, details)
  }
}

/** The server does not let this user in. */
export class AuthenticationError extends ConnectionError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super(message, details, 'WITHAL_DB_AUTHENTICATION')
  }
}

/** The server has no such database. */
export class UnknownDatabaseError extends ConnectionError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super(message, details, 'WITHAL_DB_UNKNOWN_DATABASE')
  }
}

/** The server refused a statement. */
export class StatementError extends DatabaseError {
  readonly position: number | undefined
  constructor(message: string, details: DatabaseErrorDetails = {}, code: DatabaseErrorCode = 'WITHAL_DB_STATEMENT') {
    super(code, message, details)
    this.position = details.position
  }
}

/** A statement would break a constraint. */
export class ConstraintError extends StatementError {
  readonly constraint: string | undefined
  constructor(message: string, details: DatabaseErrorDetails = {}) {
    super(message, details, 'WITHAL_DB_CONSTRAINT')
    this.constraint = details.constraint
  }
}

/** A statement takes another number of parameters than were given, or other types. */
export class ParameterError extends StatementError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super(message, details, 'WITHAL_DB_PARAMETER')
  }
}

/** A transaction lost against another one: a serialization failure, a deadlock. The whole transaction can be tried again. */
export class SerializationError extends StatementError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super(message, details, 'WITHAL_DB_SERIALIZATION')
  }
}

/** There were more or fewer rows than the one that was asked for. */
export class RowCountError extends DatabaseError {
  /** How many there were; at most two are looked at. */
  readonly rows: number
  constructor(message: string, rows: number, details?: DatabaseErrorDetails) {
    super('WITHAL_DB_ROW_COUNT', message, details)
    this.rows = rows
  }
}

/** A transaction, or a connection, was used after its block had ended. The statement was not run. */
export class TransactionEndedError extends DatabaseError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super('WITHAL_DB_TRANSACTION_ENDED', message, details)
  }
}

/** The connection was lost while committing: the transaction is wholly there, or wholly not, and nobody knows which. */
export class CommitUnknownError extends DatabaseError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super('WITHAL_DB_COMMIT_UNKNOWN', message, details)
  }
}

/** The driver of a database is not installed. */
export class MissingDriverError extends DatabaseError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super('WITHAL_DB_MISSING_DRIVER', message, details)
  }
}

/** This database cannot do what was asked. */
export class UnsupportedError extends DatabaseError {
  constructor(message: string, details?: DatabaseErrorDetails) {
    super('WITHAL_DB_UNSUPPORTED', message, details)
  }
}

for (const [name, errorClass] of Object.entries({
  DatabaseError,
  ConnectionError,
  AuthenticationError,
  UnknownDatabaseError,
  StatementError,
  ConstraintError,
  ParameterError,
  SerializationError,
  RowCountError,
  TransactionEndedError,
  CommitUnknownError,
  MissingDriverError,
  UnsupportedError,
})) {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
}
