/**
 * One connection in use. Statements run on it one after another, in the order in which they were given; what is cancelled is stopped on
 * the server, and the next statement does not begin before the cancelling can hit nothing any more.
 */
import { Mutex } from '../../locks/index.ts'
import type { Permit } from '../../locks/index.ts'
import { currentClock } from '../../clock.ts'
import { shield } from '../../tasks/index.ts'
import { runStoppable } from '../../tasks/stoppable.ts'
import type { Stoppable } from '../../tasks/stoppable.ts'
import type { DriverConnection, DriverCursor, Result } from './driver.ts'
import { StatementError } from './errors.ts'
import type { Statement } from './sql.ts'
import type { StatementOptions } from './types.ts'

/** How long a statement may take to end after it was stopped, in milliseconds; then its connection is cut. */
const stopLimit = 5_000

/** What a session is told by its database. */
export interface SessionSettings {
  /** Whether statements are kept prepared, where nothing else is said. */
  readonly prepare: boolean
}

/** See above. */
export class Session {
  readonly connection: DriverConnection
  /** Whether something was left behind in it that the next borrower must not see. */
  isDirty = false
  readonly #settings: SessionSettings
  readonly #turn = new Mutex({ name: 'connection' })
  /** How many cursors are open that let nothing else run. */
  #exclusiveCursors = 0
  #savepoints = 0

  constructor(connection: DriverConnection, settings: SessionSettings) {
    this.connection = connection
    this.#settings = settings
  }

  /** Runs a statement of its user. @param check  Throws when it may not be run, now that it is its turn. */
  async run(statement: Statement, options: StatementOptions, check?: () => void): Promise<Result> {
    this.isDirty ||= this.connection.isDirtiedBy(statement.text)
    const prepare = options.prepare ?? this.#settings.prepare
    return await this.#inTurn(
      () => this.connection.run(statement, { prepare }),
      options,
      () => {
        this.#refuseBehindCursor(statement)
        check?.()
      },
    )
  }

  /** Opens a cursor for its user. Each fetch takes its turn among the statements. */
  async openCursor(
    statement: Statement,
    batchSize: number,
    options: StatementOptions,
    check?: () => void,
  ): Promise<DriverCursor> {
    const open = async (): Promise<DriverCursor> => {
      const opened = await this.connection.openCursor(statement, batchSize)
      if (opened.isExclusive) this.#exclusiveCursors++ // before anything else has its turn
      return opened
    }
    const cursor = await this.#inTurn(open, options, () => {
      this.#refuseBehindCursor(statement)
      check?.()
    })
    const { isExclusive } = cursor
    return {
      isExclusive,
      fetch: () => this.#inTurn(() => cursor.fetch(), options),
      // A loop is left in a cancelled scope, too.
      close: () =>
        shield(async () => {
          if (isExclusive) this.#exclusiveCursors--
          await this.#alone(async () => {
            if (this.connection.state !== 'broken') await cursor.close()
          })
        }),
    }
  }

  /** Runs a statement that begins a transaction or a savepoint. It is not stopped. @throws StatementError  Nothing can run behind a cursor. */
  async begin(text: string): Promise<void> {
    await this.#alone(async () => {
      this.#refuseBehindCursor({ text, parameters: [] })
      await this.connection.run({ text, parameters: [] }, { prepare: false })
    })
  }

  /** Runs a statement that ends one. It is not stopped. */
  async control(text: string): Promise<void> {
    await this.#alone(() => this.connection.run({ text, parameters: [] }, { prepare: false }))
  }

  /** A name for a savepoint that no other one has. */
  savepointName(): string {
    return `withal_${++this.#savepoints}`
  }

  /** Runs something when it is its turn, until it has ended or was stopped. */
  async #inTurn<T>(begin: () => Promise<T>, options: StatementOptions, check?: () => void): Promise<T> {
    const turn = await this.#wait(options)
    const work = new SessionWork(this.connection, begin)
    try {
      check?.()
      return await runStoppable(work, options)
    } finally {
      work.ended()
      turn.release()
    }
  }

  /** Runs something when it is its turn, whatever is cancelled meanwhile. */
  async #alone(work: () => Promise<unknown>): Promise<void> {
    const turn = this.#turn.tryAcquire() ?? (await this.#turn.acquire())
    try {
      await work()
    } finally {
      turn.release()
    }
  }

  /** Nobody waits who has not to. */
  #wait({ signal, timeout }: StatementOptions): Permit | Promise<Permit> {
    const isFree = signal === undefined && timeout === undefined
    return (isFree ? this.#turn.tryAcquire() : undefined) ?? this.#turn.acquire({ signal, timeout })
  }

  #refuseBehindCursor({ text }: Statement): void {
    if (this.#exclusiveCursors === 0) return
    throw new StatementError(
      'A cursor is open on this connection, and this database runs nothing else on it meanwhile. Leave its loop first, or use another connection.',
      { statement: text },
    )
  }
}

/** What a connection does, and how it is stopped. */
class SessionWork<T> implements Stoppable<T> {
  readonly name = 'The statement'
  readonly begin: () => Promise<T>
  #stopTimer: (() => void) | undefined
  readonly #connection: DriverConnection

  constructor(connection: DriverConnection, begin: () => Promise<T>) {
    this.#connection = connection
    this.begin = begin
  }

  async stop(): Promise<void> {
    const connection = this.#connection
    this.#stopTimer = currentClock().setTimer(stopLimit, () => connection.destroy()) // it does not stop
    await connection.cancel().catch(() => connection.destroy()) // it cannot be asked to
  }

  ended(): void {
    this.#stopTimer?.()
  }

  isStopped(error: unknown): boolean {
    return this.#connection.isStopped(error) || this.#connection.state === 'broken'
  }
}
