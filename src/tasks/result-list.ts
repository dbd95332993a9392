/** The results of work that is under way, in the order in which they are to be given. */

/** A result that is ready, or has its place in the order. */
export interface Slot {
  isReady: boolean
  value: unknown
  next: Slot | undefined
}

export class ResultList {
  readonly #inOrder: boolean
  #first: Slot | undefined
  #last: Slot | undefined

  /** @param inOrder  Whether a result has the place at which its work was begun; else the next one when it is ready. */
  constructor(inOrder: boolean) {
    this.#inOrder = inOrder
  }

  /** Whether there is one to give. */
  get isReady(): boolean {
    return this.#first?.isReady === true
  }

  /** The one to give, which must be ready; it is forgotten. */
  take(): unknown {
    const { value, next } = this.#first! // it is ready
    this.#first = next
    return value
  }

  /** The place of a result whose work begins. */
  begin(): Slot {
    const slot: Slot = { isReady: false, value: undefined, next: undefined }
    if (this.#inOrder) this.#append(slot)
    return slot
  }

  /** Its work has ended. */
  end(slot: Slot, value: unknown): void {
    slot.isReady = true
    slot.value = value
    if (!this.#inOrder) this.#append(slot)
  }

  #append(slot: Slot): void {
    if (this.#first === undefined) this.#first = slot
    else this.#last!.next = slot // where there is a first one, there is a last
    this.#last = slot
  }
}
