/** Notifications, over a connection of their own that is opened again when it is lost. */
import { currentClock } from '../../clock.ts'
import type { AsyncContextManager } from '../../contexts/index.ts'
import { FullError, reportLateError, StateError } from '../../errors/index.ts'
import { Queue } from '../../streams/index.ts'
import { shield } from '../../tasks/index.ts'
import { Owner } from '../../tasks/owner.ts'
import { AuthenticationError, UnknownDatabaseError } from '../database/errors.ts'
import { openApart } from './apart.ts'
import type { Connect } from './apart.ts'
import type { PostgresConnection } from './connection.ts'
import { quoted } from './dialect.ts'

/** What was sent by `notify`. */
export interface Notification {
  readonly channel: string
  readonly payload: string
}

/** How notifications are listened to. Times are milliseconds. */
export interface ListenOptions {
  /** How long opening its connection may take, each time. Default: 10,000. */
  readonly timeout?: number | undefined
  /** How many may lie here unread; one more ends the loop with a `FullError`. Default: 10,000. */
  readonly capacity?: number | undefined
  /** How often the connection is asked for a sign of life. Default: 30,000. */
  readonly keepAlive?: number | undefined
  /** Is called when it listens again after the connection was lost: what was sent meanwhile is lost, so look for yourself. */
  readonly onReconnect?: (() => void) | undefined
}

/** The delays between attempts to connect again, in milliseconds. */
const firstDelay = 100
const longestDelay = 5_000
/** How long a sign of life may take. */
const pingLimit = 5_000

/** Who wants notifications. */
export interface SourceListener {
  readonly channels: readonly string[]
  /** Gives up opening. */
  readonly signal: AbortSignal
  receive(notification: Notification): void
  lost(): void
}

/** Where notifications come from: a server, or the database in the program. */
export interface NotificationSource {
  /** Calls `receive` for each until it is closed, and `lost` when it has ended by itself. */
  open(listener: SourceListener): Promise<OpenSource>
}

/** A source that is open. */
export interface OpenSource {
  close(): Promise<unknown>
  /** Fails when there is nobody any more. */
  ping(): Promise<unknown>
  destroy(): void
}

/**
 * Notifications one after another. As a manager it listens from entering to exiting; a loop over it begins with its first round, and ends it.
 * A lost connection is opened again, for as long as it takes.
 */
export class Listening
  implements
    AsyncContextManager<Listening>,
    AsyncIterable<Notification>,
    AsyncIterator<Notification, undefined>,
    AsyncDisposable
{
  readonly #source: NotificationSource
  readonly #channels: readonly string[]
  readonly #options: ListenOptions
  readonly #queue: Queue<Notification>
  readonly #owner = new Owner()
  readonly #onClose: () => void
  readonly #ending = new AbortController()
  #opening: Promise<void> | undefined
  /** What is done about the connection by itself. It does not fail. */
  #background: Promise<void> | undefined
  #open: OpenSource | undefined
  #isClosed = false
  #closing: Promise<void> | undefined
  #stopTimer: (() => void) | undefined

  /** Made by `db.listen`. */
  constructor(source: NotificationSource, channels: readonly string[], options: ListenOptions, onClose: () => void) {
    this.#source = source
    this.#channels = channels
    this.#options = options
    this.#queue = new Queue({ name: 'notifications' })
    this.#onClose = onClose
  }

  /** Listens, and waits until that is so. */
  async '~enterAsync'(): Promise<this> {
    if (this.#opening !== undefined) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This listening has begun already. Ask for a new one: `db.listen(channel)`.',
      )
    }
    await this.#begin()
    return this
  }

  async '~exitAsync'(): Promise<void> {
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Notification, undefined>> {
    try {
      await this.#begin()
      for await (const value of this.#queue) return { done: false, value }
    } catch (error) {
      await this.close()
      throw error
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Notification, undefined>> {
    await this.close()
    return { done: true, value: undefined }
  }

  /** Ends it, once. Loops over it end. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#stopTimer?.()
    this.#onClose()
    if (!this.#queue.closed) this.#queue.shutdown({ immediate: true })
    this.#ending.abort()
    await this.#opening?.catch(() => {}) // who began it was told
    await this.#background
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }

  #begin(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#opening ??= this.#connect()
    return this.#opening
  }

  async #connect(): Promise<void> {
    const open = await this.#source.open({
      channels: this.#channels,
      signal: this.#ending.signal,
      receive: (notification) => this.#receive(notification),
      lost: () => this.#lost(),
    })
    if (this.#isClosed) await open.close()
    else this.#open = open
    this.#wait(this.#options.keepAlive ?? 30_000, () => this.#ping())
  }

  #receive(notification: Notification): void {
    const { capacity = 10_000 } = this.#options
    if (this.#queue.closed) return
    if (this.#queue.size < capacity) this.#queue.tryPut(notification)
    else
      this.#queue.fail(new FullError(`${capacity} notifications lie here unread. Read faster, or raise \`capacity\`.`))
  }

  #lost(): void {
    if (this.#isClosed) return
    this.#open = undefined
    this.#wait(firstDelay, () => this.#connectAgain(firstDelay))
  }

  async #connectAgain(delay: number): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      const next = Math.min(delay * 2, longestDelay)
      if (error instanceof AuthenticationError || error instanceof UnknownDatabaseError) this.#queue.fail(error)
      else this.#wait(next, () => this.#connectAgain(next))
      return
    }
    if (!this.#isClosed) this.#tellReconnected()
  }

  #tellReconnected(): void {
    try {
      this.#options.onReconnect?.()
    } catch (error) {
      reportLateError(error, { source: '`onReconnect` of a listening' })
    }
  }

  async #ping(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    const stop = currentClock().setTimer(pingLimit, () => open.destroy())
    try {
      await open.ping()
      this.#wait(this.#options.keepAlive ?? 30_000, () => this.#ping())
    } catch {
      open.destroy() // it is opened again
    } finally {
      stop()
    }
  }

  /** Does something later, unless it was closed by then: in the context of its owner, whose cancelling ends it by closing. */
  #wait(delay: number, work: () => Promise<void>): void {
    this.#stopTimer?.()
    if (this.#isClosed || delay === Infinity) return
    this.#stopTimer = this.#owner.run(() =>
      this.#owner.clock.setTimer(delay, () => {
        if (!this.#isClosed) this.#background = shield(work)
      }),
    )
  }
}

/** Notifications of a server. */
export function serverNotifications(connect: Connect, { timeout = 10_000 }: ListenOptions): NotificationSource {
  return {
    async open({ channels, signal, receive, lost }) {
      const connection = await openApart(connect, { signal, timeout })
      connection.client.on('notification', ({ channel, payload }) => receive({ channel, payload }))
      connection.onLost(lost)
      try {
        for (const channel of channels) await say(connection, `listen ${quoted(channel)}`)
      } catch (error) {
        connection.destroy()
        throw error
      }
      return connection
    },
  }
}

async function say(connection: PostgresConnection, text: string): Promise<void> {
  await connection.run({ text, parameters: [] }, { prepare: false })
}
