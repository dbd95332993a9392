/**
 * One exchange with the server: what is said in one go, and all that comes back until the server is ready for the next. `pg` runs it
 * when it is its turn, and tells it what comes.
 */
import type { PgError, PgField, PgWire, Submittable } from './pg.ts'
import type { Parsers } from './rows.ts'
import { RowShape } from './rows.ts'

/** Common to all: how it ends. */
export abstract class Exchange<T> implements Submittable {
  readonly #ending: PromiseWithResolvers<T> = Promise.withResolvers()
  #failure: { readonly error: unknown } | undefined

  /** Its result, when the server is ready for the next one. */
  get ended(): Promise<T> {
    return this.#ending.promise
  }

  protected get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Says what there is to say. */
  protected abstract send(wire: PgWire): void
  protected abstract result(): T

  submit(wire: PgWire): null {
    wire.stream.cork()
    try {
      this.send(wire)
    } finally {
      wire.stream.uncork()
    }
    return null
  }

  /** It will have failed with this when the server is ready. The first failure counts. */
  protected fail(error: unknown): void {
    this.#failure ??= { error }
  }

  /** The server is ready for the next one: also after an error, where `pg` does not say so. */
  ready(): void {
    if (this.#failure === undefined) this.#ending.resolve(this.result())
    else this.#ending.reject(this.#failure.error)
  }

  /** The connection is lost. What the server has said before is why. */
  lost(error: unknown): void {
    this.#ending.reject(this.#failure === undefined ? error : this.#failure.error)
  }

  handleError(error: PgError): void {
    if (error.severity === undefined) this.lost(error)
    else this.fail(error)
  }

  /** Stops it, if it has a way of its own to do that; says whether it has. */
  stop(): boolean {
    return false
  }

  /** The server has a statement ready under its name. */
  parsed(): void {}
  handleReadyForQuery(): void {}
  handleRowDescription(_message: { readonly fields: readonly PgField[] }): void {}
  handleDataRow(_message: { readonly fields: readonly (string | null)[] }): void {}
  handleCommandComplete(_message: { readonly text: string }): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  handleCopyInResponse(wire: PgWire): void {
    wire.sendCopyFail('use copyFrom for this')
  }

  handleCopyData(_message: { readonly chunk: Uint8Array }, _wire: PgWire): void {}
}

/** An exchange that collects rows. */
export abstract class RowsExchange<T> extends Exchange<T> {
  protected rows: unknown[] = []
  protected shape: RowShape | undefined
  protected affected = 0
  readonly #parsers: Parsers

  constructor(parsers: Parsers, shape: RowShape | undefined) {
    super()
    this.#parsers = parsers
    this.shape = shape
  }

  override handleRowDescription({ fields }: { readonly fields: readonly PgField[] }): void {
    this.shape = new RowShape(fields, this.#parsers)
    this.rows = [] // of several statements, the last one counts
  }

  override handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.hasFailed) return
    try {
      this.rows.push(this.shape?.row(fields))
    } catch (error) {
      this.fail(error)
    }
  }

  override handleCommandComplete({ text }: { readonly text: string }): void {
    this.affected = Number(/\d+$/.exec(text)?.[0] ?? 0)
  }
}
