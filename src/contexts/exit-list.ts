/**
 * What a stack has to exit, last one first. Single ones can be taken out again without a search, so that a stack that
 * lives long does not grow.
 */
import type { BareCallback, Exit } from './exits.ts'

/** An exit that can be taken out again; the list keeps its place. */
export interface RemovableExit extends Exit {
  place: number
}

/** A list of exits. */
export class ExitList {
  #exits: (Exit | BareCallback | undefined)[] = []
  #holes = 0
  /** Whether closing takes a turn although nothing has to be waited for: `null` was registered (ES-40). */
  takesTurn = false

  push(exit: Exit | BareCallback): void {
    this.#exits.push(exit)
  }

  /** Asked, when all have been popped, whether there is one more. */
  whenEmpty: (() => Exit | undefined) | undefined

  pop(): Exit | BareCallback | undefined {
    for (;;) {
      const exit = this.#exits.pop()
      if (exit !== undefined) return exit
      if (this.#exits.length === 0) return this.whenEmpty?.()
      this.#holes--
    }
  }

  /** Puts an exit on the list that {@link remove} can take out. */
  pushRemovable(exit: RemovableExit): void {
    exit.place = this.#exits.length
    this.#exits.push(exit)
  }

  /** Takes an exit out; says whether it was still there. */
  remove(exit: RemovableExit): boolean {
    if (this.#exits[exit.place] !== exit) return false
    this.#exits[exit.place] = undefined
    this.#holes++
    if (this.#holes > 16 && this.#holes * 2 > this.#exits.length) this.#closeUp()
    return true
  }

  /** Whether the outcome makes a difference to any of them. */
  wantsWord(): boolean {
    return this.#exits.some((exit) => typeof exit === 'object' && exit.wantsWord?.() === true)
  }

  /** Whether one of them belongs to the block it was entered in. */
  isFixed(): boolean {
    return this.#exits.some((exit) => typeof exit === 'object' && exit.isFixed?.() === true)
  }

  #closeUp(): void {
    this.#exits = this.#exits.filter((exit) => exit !== undefined)
    this.#holes = 0
    this.#exits.forEach((exit, place) => {
      if (typeof exit === 'object' && 'place' in exit) (exit as RemovableExit).place = place // the key tells
    })
  }
}
