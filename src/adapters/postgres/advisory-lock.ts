/** Locks that the server keeps for whoever asks with the same key: among all programs that use the database. */
import type { AsyncContextManager } from '../../contexts/index.ts'
import { StateError, TimeoutError, UsageError } from '../../errors/index.ts'
import type { TimedWaitOptions } from '../../tasks/index.ts'
import { Session } from '../database/session.ts'
import { sql, compile } from '../database/sql.ts'
import type { Sql } from '../database/sql.ts'
import { openApart } from './apart.ts'
import type { Connect } from './apart.ts'
import { dialect } from './dialect.ts'

/** What a lock is known by: a number, a pair of numbers, or a text, of which the server makes a number. */
export type AdvisoryKey = number | bigint | string | readonly [number, number]

/** How a lock is asked for. */
export interface AdvisoryLockOptions extends TimedWaitOptions {
  /** Whether others may have it at the same time who also ask for it shared. Default: false. */
  readonly shared?: boolean | undefined
}

/** A lock that is held. */
export interface AdvisoryLock {
  readonly key: AdvisoryKey
  /** Aborts when its connection is lost, and with it the lock; the reason is the `ConnectionError`. */
  readonly signal: AbortSignal
  /** @throws ConnectionError  The connection was lost: somebody else may have the lock by now. */
  assertHeld(): void
}

/** Takes the lock when it is entered, on a connection of its own, and gives it back with that. */
export class AdvisoryLockManager implements AsyncContextManager<AdvisoryLock> {
  readonly #connect: Connect
  readonly #key: AdvisoryKey
  readonly #options: AdvisoryLockOptions
  #isEntered = false
  #session: Session | undefined

  /** @throws UsageError  The key is none. */
  constructor(connect: Connect, key: AdvisoryKey, options: AdvisoryLockOptions) {
    keyOf(key)
    this.#connect = connect
    this.#key = key
    this.#options = options
  }

  async '~enterAsync'(): Promise<AdvisoryLock> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This lock has been entered already. Ask for a new one: `db.advisoryLock(key)`.',
      )
    }
    this.#isEntered = true
    const { signal, timeout = Infinity } = this.#options
    const connection = await openApart(this.#connect, { signal })
    this.#session = new Session(connection, { prepare: false })
    const controller = new AbortController()
    connection.onLost((error) => controller.abort(error))
    try {
      if (timeout > 0) await this.#wait(this.#session)
      else await this.#try(this.#session, timeout)
    } catch (error) {
      await this.#close()
      throw error
    }
    return { key: this.#key, signal: controller.signal, assertHeld: () => controller.signal.throwIfAborted() }
  }

  async '~exitAsync'(): Promise<void> {
    await this.#close()
  }

  async #wait(session: Session): Promise<void> {
    await session.run(compile(this.#statement('pg_advisory_lock'), dialect), this.#options)
  }

  async #try(session: Session, timeout: number): Promise<void> {
    const statement = compile(this.#statement('pg_try_advisory_lock'), dialect)
    const { rows } = await session.run(statement, { signal: this.#options.signal })
    if ((rows[0] as { readonly got: boolean }).got) return // as the statement below gives it
    throw new TimeoutError(`the lock ${String(this.#key)} is held by somebody else`, timeout)
  }

  #statement(name: string): Sql {
    const lock = sql.unsafe(this.#options.shared === true ? `${name}_shared` : name)
    return sql`select ${lock}(${keyOf(this.#key)}) as got`
  }

  /** With the session, the lock is gone. */
  async #close(): Promise<void> {
    const { connection } = this.#session ?? {}
    if (connection?.state === 'broken') connection.destroy()
    else await connection?.close()
  }
}

function keyOf(key: AdvisoryKey): Sql {
  if (typeof key === 'bigint' || Number.isSafeInteger(key)) return sql`${key}::int8`
  if (typeof key === 'string') return sql`hashtextextended(${key}, 0)`
  if (Array.isArray(key) && key.length === 2 && key.every(Number.isSafeInteger))
    return sql`${key[0]}::int4, ${key[1]}::int4`
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `${String(key)} is no key of a lock. Give a whole number, a pair of them, or a text.`,
  )
}
