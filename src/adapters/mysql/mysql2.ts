/** The part of the package `mysql2` that is used here, and how it is loaded. */
import { MissingDriverError } from '../database/errors.ts'

/** The module. */
export interface Mysql2 {
  createConnection(config: MysqlConfig): MysqlClient
  readonly TypedParameter: { LONGLONG(value: number | bigint): unknown }
}

/** What a client is told. */
export type MysqlConfig = Readonly<Record<string, unknown>>

/** Is given an error, or what came. */
export type Callback<A extends readonly unknown[] = []> = (error: MysqlError | null | undefined, ...what: A) => void

/** One connection. */
export interface MysqlClient {
  /** Of the connection, as the server counts them. */
  readonly threadId: number
  readonly stream: { destroy(): void; once(event: 'close', listener: () => void): void }
  query(text: string, done?: Callback<[result: unknown, fields: unknown]>): MysqlCommand
  prepare(text: string, done: Callback<[statement: MysqlStatement]>): void
  /** Forgets a statement, and has the server forget it. */
  unprepare(text: string): unknown
  ping(done: Callback): void
  reset(done: Callback): void
  end(): void
  pause(): void
  resume(): void
  on(event: 'error', listener: (error: MysqlError) => void): this
  on(event: 'end', listener: () => void): this
  once(event: 'connect', listener: () => void): this
}

/** A statement that the server keeps. */
export interface MysqlStatement {
  readonly parameters: readonly unknown[]
  execute(values: readonly unknown[], done?: Callback<[result: unknown, fields: unknown]>): MysqlCommand
}

/** A statement that runs. Without a callback it tells of its rows one after another. */
export interface MysqlCommand {
  on(event: 'fields', listener: (fields: readonly MysqlField[] | undefined) => void): this
  on(event: 'result', listener: (row: unknown, index: number) => void): this
  on(event: 'end', listener: () => void): this
  on(event: 'error', listener: (error: MysqlError) => void): this
}

/** What comes of a statement that gives no rows. */
export interface MysqlHeader {
  readonly affectedRows: number
  readonly insertId: number | string
  readonly serverStatus: number
}

/** A column of a result. */
export interface MysqlField {
  readonly name: string
  readonly columnType: number
}

/** A value, when it is read by a function of the user's. */
export interface MysqlValue {
  /** `NEWDECIMAL`, `LONGLONG`, `DATETIME`, … */
  readonly type: string
  string(): string | null
}

/** An error of the server, or of the network. */
export interface MysqlError extends Error {
  readonly code?: string
  readonly errno?: number
  readonly sqlState?: string
  readonly sqlMessage?: string
  readonly fatal?: boolean
}

/** @throws MissingDriverError  It is not installed. */
export async function loadMysql2(): Promise<Mysql2> {
  try {
    const module: { readonly default: unknown } = await import('mysql2')
    return module.default as Mysql2 // the part of it that is described above
  } catch (error) {
    throw new MissingDriverError(
      'The package `mysql2`, which speaks with MySQL and MariaDB, is not installed. Run `npm install mysql2`.',
      { cause: error },
    )
  }
}

/** Calls something that takes a callback, and gives what that is told. */
export function answerOf<A extends readonly unknown[]>(call: (done: Callback<A>) => unknown): Promise<A> {
  return new Promise((resolve, reject) => {
    call((error, ...what) => {
      if (error === null || error === undefined) resolve(what)
      else reject(error)
    })
  })
}

/** Ends a connection in good order, and waits until it is closed. */
export function closed(client: MysqlClient): Promise<void> {
  return new Promise((resolve) => {
    client.stream.once('close', resolve)
    client.end()
  })
}
