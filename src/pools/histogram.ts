/** How long something took, counted in classes of about an eighth of the value, so that any number of times needs little room. */

/** What a histogram has seen, in milliseconds. */
export interface TimeSummary {
  readonly count: number
  readonly mean: number
  readonly max: number
  /** Half took at most so long, and so on; each up to an eighth too high. */
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** Microseconds fit in so many powers of two, each of which has eight classes: about an hour and more. */
const powers = 32
const perPower = 8

/** Counts times. */
export class Histogram {
  #counts: Uint32Array | undefined
  #count = 0
  #zero = 0
  #sum = 0
  #max = 0

  add(milliseconds: number): void {
    this.#count++
    if (milliseconds <= 0) {
      this.#zero++
      return
    }
    this.#sum += milliseconds
    if (milliseconds > this.#max) this.#max = milliseconds
    this.#counts ??= new Uint32Array(powers * perPower)
    this.#counts[classOf(milliseconds)]!++ // there is one for every time
  }

  summary(): TimeSummary {
    const count = this.#count
    return {
      count,
      mean: count === 0 ? 0 : this.#sum / count,
      max: this.#max,
      p50: this.#quantile(0.5),
      p90: this.#quantile(0.9),
      p99: this.#quantile(0.99),
    }
  }

  #quantile(part: number): number {
    let left = Math.ceil(this.#count * part) - this.#zero
    if (left <= 0 || this.#counts === undefined) return 0
    for (const [index, counted] of this.#counts.entries()) {
      left -= counted
      if (left <= 0) return Math.min(upperEnd(index), this.#max)
    }
    return this.#max
  }
}

/** The power of two of the microseconds, and the three bits behind the first. */
function classOf(milliseconds: number): number {
  const microseconds = Math.min(Math.ceil(milliseconds * 1000), 2 ** 32 - 1)
  const power = 31 - Math.clz32(microseconds)
  const bits = power < 3 ? (microseconds << (3 - power)) & 7 : (microseconds >>> (power - 3)) & 7
  return power * perPower + bits
}

function upperEnd(index: number): number {
  const power = Math.floor(index / perPower)
  return (2 ** power * (perPower + (index % perPower) + 1)) / perPower / 1000
}
