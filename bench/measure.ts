/**
 * Measures one row: the contestants take turns in one process, in a new random order each round, so that whatever the
 * machine does meanwhile falls on all of them alike.
 */
import { AllocationMeter, collectGarbage, Stopwatch, type Meter } from './meters.ts'
import type { Repeat } from './repeat.ts'
import type { Contestant, Goal, Measured, Row } from './rows.ts'
import { quantile, round2, shuffled } from './samples.ts'

/** How long to measure. */
export interface Effort {
  readonly rounds: number
  /** How long each contestant works in a round. */
  readonly milliseconds: number
}

const warmUpRounds = 5

/** Measures all contestants of a row. */
export async function measure(row: Row, effort: Effort): Promise<Measured[]> {
  const runners = await Promise.all((await row.contestants()).map(runnerOf))
  for (const runner of runners) await runner.calibrate(effort.milliseconds / 4)
  for (let round = 0; round < warmUpRounds; round++) {
    for (const runner of shuffled(runners)) await runner.calibrate(effort.milliseconds)
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const runner of shuffled(runners)) runner.samples.push((await runner.time()) / runner.pieces)
  }
  const found: Measured[] = []
  for (const runner of runners) found.push(await describe(runner, runners))
  return found
}

/** A contestant with its own loop, and what it has taken so far. */
class Runner {
  readonly contestant: Contestant
  readonly pieces: number
  /** The nanoseconds of one piece of its work, for each round. */
  readonly samples: number[] = []
  readonly #repeat: Repeat
  #times = 1

  constructor(contestant: Contestant, repeat: Repeat) {
    this.contestant = contestant
    this.pieces = contestant.pieces ?? 1
    this.#repeat = repeat
  }

  /** Finds out how many operations fill the time. */
  async calibrate(milliseconds: number): Promise<void> {
    let nanoseconds = await this.time()
    while (nanoseconds * this.#times < (milliseconds * 1e6) / 2) {
      this.#times *= 2
      nanoseconds = await this.time()
    }
    this.#times = Math.max(1, Math.round((milliseconds * 1e6) / nanoseconds))
  }

  /** The nanoseconds of one operation in a batch that starts without anybody's garbage. */
  async time(): Promise<number> {
    collectGarbage('minor')
    return (await this.run(this.#times, new Stopwatch())) / this.#times
  }

  /** Does so many operations, and gives what the meter says of them. */
  async run(times: number, meter: Meter): Promise<number> {
    const { operation, around, prepare } = this.contestant
    const batch = async (): Promise<number> => {
      if (prepare !== undefined) return await this.#runPrepared(times, meter, prepare)
      meter.start()
      this.#check(await this.#repeat(operation, times), times)
      return meter.stop()
    }
    return await (around === undefined ? batch() : around(batch))
  }

  /** Each operation works on something of its own. */
  async #runPrepared(times: number, meter: Meter, prepare: () => unknown): Promise<number> {
    let sum = 0
    for (let done = 0; done < times; done++) {
      const prepared = await prepare()
      collectGarbage('minor')
      meter.start()
      this.#check(await this.#repeat(() => this.contestant.operation(prepared), 1), 1)
      sum += meter.stop()
    }
    return sum
  }

  #check(sum: number, times: number): void {
    if (sum !== times) throw new Error(`"${this.contestant.name}" did ${sum} of ${times} operations.`)
  }
}

let loops = 0

async function runnerOf(contestant: Contestant): Promise<Runner> {
  const { repeatAsync, repeatSync } = (await import(`./repeat.ts?${++loops}`)) as typeof import('./repeat.ts') // the query changes nothing in it
  return new Runner(contestant, contestant.sync === true ? repeatSync : repeatAsync)
}

async function describe(runner: Runner, runners: readonly Runner[]): Promise<Measured> {
  const { contestant, samples } = runner
  const limit = runners[0]!.samples // a row has contestants
  const ratios = samples.map((sample, round) => sample / limit[round]!) // all have as many rounds
  const { name, role, goal } = contestant
  const nanoseconds = quantile(samples, 0.5)
  const ratio = round2(quantile(ratios, 0.5))
  const ratioQuartiles = [round2(quantile(ratios, 0.25)), round2(quantile(ratios, 0.75))] as const
  const turns = contestant.sync === true ? 0 : await countTurns(contestant)
  const bytes = await countBytes(runner)
  const measured = { name, role, nanoseconds: round2(nanoseconds), ratio, ratioQuartiles, turns, bytes }
  return goal === undefined ? measured : { ...measured, goal, reached: isReached(goal, runner, ratio, runners) }
}

function isReached(goal: Goal, runner: Runner, ratio: number, runners: readonly Runner[]): boolean {
  if ('ratio' in goal) return ratio <= goal.ratio
  const other = runners.find(({ contestant }) => contestant.name === goal.than)!.samples // named in the same row
  return (
    quantile(
      runner.samples.map((sample, round) => sample - other[round]!),
      0.5,
    ) <= goal.nanosecondsMore
  )
}

/** Lets microtasks pass one by one beside the operation until it has settled. */
async function countTurns({ operation, around, prepare }: Contestant): Promise<number | null> {
  const most = 10_000
  const prepared = await prepare?.()
  const count = async (): Promise<number | null> => {
    const state = { settled: false }
    const done = Promise.resolve(operation(prepared)).then(() => (state.settled = true))
    let turns = -1 // the turn in which the callback above runs is not the operation's
    while (!state.settled && turns < most) {
      await Promise.resolve()
      turns++
    }
    await done
    return turns < most ? turns : null
  }
  return await (around === undefined ? count() : around(count))
}

/** What is allocated for one piece of work, over some thousands of them. */
async function countBytes(runner: Runner): Promise<number> {
  const times = Math.ceil(4096 / runner.pieces)
  collectGarbage('major')
  return Math.round((await runner.run(times, new AllocationMeter())) / times / runner.pieces)
}
