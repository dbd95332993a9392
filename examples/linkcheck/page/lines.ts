/** From an offset in a text that comes piece by piece to its line and column. */

/** Where something is, from 1. Columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Offsets have to be asked for in ascending order; so a huge page costs no more than the lines of one piece. */
export class Lines {
  #line: number
  /** The offset of the first character of the current line. */
  #start: number
  /** Where the lines after the current one begin, as far as text has come. */
  readonly #ahead: number[] = []
  #next = 0
  #length = 0

  /** @param first  Where the text begins, when it is a part of another one. */
  constructor(first: Place = { line: 1, column: 1 }) {
    this.#line = first.line
    this.#start = 1 - first.column
  }

  /** Takes the next piece of the text. */
  add(piece: string): void {
    this.#ahead.splice(0, this.#next)
    this.#next = 0
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) {
      this.#ahead.push(this.#length + at + 1)
    }
    this.#length += piece.length
  }

  /** Where an offset is, which is not before the one asked for last. */
  placeOf(offset: number): Place {
    while (this.#next < this.#ahead.length && this.#ahead[this.#next]! <= offset) {
      this.#start = this.#ahead[this.#next++]!
      this.#line++
    }
    return { line: this.#line, column: offset - this.#start + 1 }
  }
}
