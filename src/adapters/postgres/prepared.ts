/** The statements that the server has ready for a connection. */
import type { RowShape } from './rows.ts'

/** How many a connection keeps. */
const most = 256

/** A statement that is ready, or is to be made so. */
export class Prepared {
  readonly name: string
  isParsed = false
  isDescribed = false
  shape: RowShape | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Its columns are known; without a shape, it has none. They cannot change: the server refuses it then. */
  described(shape: RowShape | undefined): void {
    this.isDescribed = true
    this.shape = shape
  }
}

/** Keeps those that were used last. */
export class PreparedStatements {
  readonly #byText = new Map<string, Prepared>()
  #forgotten: string[] = []
  #count = 0

  /** The one of a text. Those used longest ago give way. */
  of(text: string): Prepared {
    const known = this.#byText.get(text)
    const prepared = known ?? new Prepared(`withal_${++this.#count}`)
    if (known !== undefined) this.#byText.delete(text)
    this.#byText.set(text, prepared)
    if (this.#byText.size > most) this.forget(this.#byText.keys().next().value!) // there is one
    return prepared
  }

  /** The next `of` with this text prepares it anew. */
  forget(text: string): void {
    const prepared = this.#byText.get(text)
    if (prepared === undefined) return
    this.#byText.delete(text)
    this.#forgotten.push(prepared.name)
  }

  /** What the server may forget, too; it is told once. */
  takeForgotten(): readonly string[] {
    if (this.#forgotten.length === 0) return none
    const taken = this.#forgotten
    this.#forgotten = []
    return taken
  }

  /** The server has forgotten all. */
  clear(): void {
    this.#byText.clear()
    this.#forgotten = []
  }
}

const none: readonly string[] = []
