/**
 * Measures one row: the contestants take turns in one process, in a new random order each round, so that whatever the
 * machine does meanwhile falls on all of them alike.
 */
import { GCProfiler } from 'node:v8'
import type { Repeat } from './repeat.ts'
import type { Contestant, Goal, Measured, Row } from './rows.ts'

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
    for (const runner of shuffled(runners)) runner.samples.push(await runner.time())
  }
  const found: Measured[] = []
  for (const runner of runners) found.push(await describe(runner, runners))
  return found
}

/** A contestant with its own loop, and what it has taken so far. */
class Runner {
  readonly contestant: Contestant
  readonly samples: number[] = []
  readonly #repeat: Repeat
  #times = 1

  constructor(contestant: Contestant, repeat: Repeat) {
    this.contestant = contestant
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
    const start = performance.now()
    await this.run(this.#times)
    return ((performance.now() - start) * 1e6) / this.#times
  }

  async run(times: number): Promise<void> {
    const { operation, around, name } = this.contestant
    const batch = (): number | Promise<number> => this.#repeat(operation, times)
    const sum = await (around === undefined ? batch() : around(batch))
    if (sum !== times) throw new Error(`"${name}" did ${sum} of ${times} operations.`)
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
async function countTurns({ operation, around }: Contestant): Promise<number | null> {
  const most = 10_000
  const state = { settled: false }
  const result = Promise.resolve(around === undefined ? operation() : around(operation))
  const done = result.then(() => (state.settled = true))
  let turns = -1 // the turn in which the callback above runs is not the operation's
  while (!state.settled && turns < most) {
    await Promise.resolve()
    turns++
  }
  await done
  return turns < most ? turns : null
}

/** What the heap has grown by, over as many operations as fit without a collection. */
async function countBytes(runner: Runner): Promise<number> {
  for (let times = 4096; times >= 1; times /= 2) {
    collectGarbage('major')
    const profiler = new GCProfiler()
    profiler.start()
    const before = process.memoryUsage().heapUsed
    await runner.run(times)
    const after = process.memoryUsage().heapUsed
    if (profiler.stop().statistics.length === 0) return Math.round((after - before) / times)
  }
  return NaN
}

function collectGarbage(type: 'minor' | 'major'): void {
  if (globalThis.gc === undefined) throw new Error('The benchmark needs --expose-gc: start it with `npm run bench`.')
  globalThis.gc({ type, execution: 'sync' })
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)]! // there is at least one
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
