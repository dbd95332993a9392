/**
 * The connections of a client. They belong to the block of the client: they are opened in its context, whoever asks first, and when it is
 * left they are closed, and waited for.
 */
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { FullError, TimeoutError } from '../../errors/index.ts'
import { Flag, Semaphore } from '../../locks/index.ts'
import type { Permit } from '../../locks/index.ts'
import { Owner } from '../../tasks/owner.ts'
import { Attempt } from './attempt.ts'
import type { AttemptTask } from './attempt.ts'
import { HttpTimeoutError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'
import { clientClosed } from './failures.ts'
import type { ClientLimits } from './options.ts'
import { proxyAgent } from './proxy.ts'
import type { OpenBody } from './request-body.ts'
import type { Target } from './target.ts'
import { loadUndici } from './undici.ts'
import type { Connector, Dispatcher, Undici } from './undici.ts'

/** How connections are made. */
export interface ConnectionSettings {
  readonly limits: ClientLimits
  readonly http2: boolean | 'cleartext'
  readonly proxy: URL | undefined
  readonly tls: ConnectionOptions
  readonly connectTimeout: number
}

/** What a request may use until it is done. */
export interface Place {
  release(): void
}

/** One host: who may ask it now, and whether it has ever answered. */
interface Host {
  readonly places: Semaphore
  hasAnswered: boolean
}

/** What is known of hosts that nobody asks any more is forgotten when there are so many. */
const mostHosts = 1_000

/** See above. */
export class Connections {
  readonly limits: ClientLimits
  readonly #owner = new Owner()
  readonly #dispatcher: Dispatcher
  readonly #sockets: Set<Socket>
  readonly #underWay = new Set<Attempt>()
  readonly #all: Semaphore | undefined
  readonly #hosts = new Map<string, Host>()
  readonly #closing = new Flag({ name: 'closing' })
  #finished = 0

  /** Loads undici; connects nowhere yet. */
  static async open(settings: ConnectionSettings): Promise<Connections> {
    return new Connections(settings, await loadUndici())
  }

  private constructor(settings: ConnectionSettings, undici: Undici) {
    this.limits = settings.limits
    this.#sockets = new Set()
    this.#dispatcher = this.#owner.run(() => dispatcherOf(settings, undici, this.#sockets))
    if (settings.limits.total !== Infinity) this.#all = new Semaphore(settings.limits.total)
  }

  get statistics(): { running: number; waiting: number; connections: number; finished: number } {
    let waiting = this.#all?.waiting ?? 0
    for (const { places } of this.#hosts.values()) waiting += places.waiting
    return { running: this.#underWay.size, waiting, connections: this.#sockets.size, finished: this.#finished }
  }

  /**
   * Waits until one more request may be under way.
   *
   * @throws HttpTimeoutError  Not in time.
   * @throws FullError         Too many wait already.
   */
  async place(origin: string, details: HttpErrorDetails, task: PlaceTask): Promise<Place> {
    const host = this.#hostOf(origin).places
    const one = host.tryAcquire() ?? (await this.#wait(host, details, task))
    if (this.#all === undefined) return one
    try {
      const all = this.#all.tryAcquire() ?? (await this.#wait(this.#all, details, task))
      return {
        release: () => {
          all.release()
          one.release()
        },
      }
    } catch (error) {
      one.release()
      throw error
    }
  }

  /**
   * Waits before another attempt.
   *
   * @throws ClosedError  The client was closed meanwhile: nothing is waited for any more.
   */
  async pause(delay: number, details: HttpErrorDetails, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#closing.wait({ timeout: Math.max(delay, Number.MIN_VALUE), signal })
    } catch (error) {
      if (error instanceof TimeoutError) return
      throw error
    }
    throw clientClosed(details)
  }

  /** Whether a host has answered before: then connections to it may be older than they look. */
  hasAnswered(origin: string): boolean {
    return this.#hosts.get(origin)?.hasAnswered === true
  }

  /** Sends a request; its place is given back when it has ended. */
  send(
    target: Target,
    headers: string[],
    body: OpenBody | undefined,
    place: Place,
    task: Omit<AttemptTask, 'ended'>,
  ): Attempt {
    const ended = (attempt: Attempt): void => {
      this.#finished++
      this.#underWay.delete(attempt)
      place.release()
      if (attempt.progress === 'answered') this.#hostOf(target.origin).hasAnswered = true
    }
    const attempt = new Attempt({ ...task, ended })
    this.#underWay.add(attempt)
    const options = {
      origin: target.origin,
      path: target.path,
      method: task.method,
      headers,
      body: body?.content ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    } as const
    this.#owner.run(() => this.#dispatcher.dispatch(options, attempt))
    return attempt
  }

  /** Ends what is under way, closes everything, and waits until it is closed. */
  async close(name: string): Promise<void> {
    this.#closing.set()
    for (const attempt of this.#underWay) attempt.stop(clientClosed(attempt.details))
    const closing = [...this.#sockets].map((socket) => closed(socket))
    // Sockets that are still connecting would be left to their time limit by undici.
    const error = new Error(`${name} was closed`)
    await this.#dispatcher.destroy(error)
    for (const socket of this.#sockets) socket.destroy(error)
    await Promise.all(closing)
  }

  #hostOf(origin: string): Host {
    const known = this.#hosts.get(origin)
    if (known !== undefined) return known
    if (this.#hosts.size >= mostHosts) this.#forgetIdleHosts()
    const host = { places: new Semaphore(this.limits.perHost, { name: origin }), hasAnswered: false }
    this.#hosts.set(origin, host)
    return host
  }

  #forgetIdleHosts(): void {
    for (const [origin, { places }] of this.#hosts) {
      if (places.free === places.permits && places.waiting === 0) this.#hosts.delete(origin)
    }
  }

  async #wait(places: Semaphore, details: HttpErrorDetails, task: PlaceTask): Promise<Permit> {
    const { waiting } = this.limits
    if (places.waiting >= waiting) {
      throw new FullError(
        `${details.method} ${details.url}: ${waiting} requests wait for this host already. Raise \`limits.waiting\` or \`limits.perHost\`, or ask for less at once.`,
      )
    }
    const { queue, total } = task
    const left = task.totalDue - task.now
    try {
      return await places.acquire({ signal: task.signal, timeout: Math.min(queue, Math.max(left, Number.MIN_VALUE)) })
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      const [phase, allowed] = left < queue ? (['total', total] as const) : (['queue', queue] as const)
      throw new HttpTimeoutError(phase, allowed, { ...details, cause: error })
    }
  }
}

/** As undici takes times. */
const longestTimer = 2 ** 31 - 1

/** How long a request may wait for its place. */
export interface PlaceTask {
  readonly signal: AbortSignal | undefined
  readonly queue: number
  readonly total: number
  readonly totalDue: number
  readonly now: number
}

function dispatcherOf(settings: ConnectionSettings, undici: Undici, sockets: Set<Socket>): Dispatcher {
  const { limits, http2, proxy, tls, connectTimeout } = settings
  const common = {
    connections: limits.perHost === Infinity ? null : limits.perHost,
    allowH2: http2 !== false,
    keepAliveTimeout: Math.min(Math.max(limits.idleTimeout, 1), longestTimer),
  }
  const connector = {
    ...tls,
    timeout: connectTimeout === Infinity ? 0 : connectTimeout,
    allowH2: http2 !== false,
    useH2c: http2 === 'cleartext',
  }
  if (proxy !== undefined)
    return proxyAgent(undici, proxy, { common, connector, track: (one) => tracked(one, sockets) })
  return new undici.Agent({ ...common, connect: tracked(undici.buildConnector(connector), sockets) })
}

/** Keeps account of the connections that are open or being opened. */
function tracked(connector: Connector, sockets: Set<Socket>): Connector {
  const track = (socket: Socket | null | undefined): void => {
    if (typeof socket?.once !== 'function' || sockets.has(socket) || socket.closed) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  return (options, callback) => {
    const socket = connector(options, (...result) => {
      track(result[1])
      callback(...result)
    })
    track(socket)
    return socket
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
