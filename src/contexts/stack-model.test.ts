/** Random programs on stacks, against a stack that is an array: same order, same outcomes told, no error lost. */
import fc from 'fast-check'
import { leaves, replace } from 'withal'
import type { AsyncExitStack, Outcome } from 'withal'
import { describe, expect, test } from 'vitest'
import { stackKinds } from '../../test/both-stacks.ts'
import type { AnyHandle, AnyStack, StackKind } from '../../test/both-stacks.ts'
import { ModelStack, runExit, wordsOf } from '../../test/stack-model.ts'
import type { Behaviour, LogLine, ModelExit, ModelOutcome } from '../../test/stack-model.ts'

interface Pair {
  readonly model: ModelStack
  readonly real: AnyStack
}

interface Held {
  readonly exit: ModelExit
  readonly handle: AnyHandle
  readonly pair: Pair
}

/** One run of a program: the stacks there are, and what their exits were told. */
class Run {
  readonly kind: StackKind
  readonly pairs: Pair[]
  readonly held: Held[] = []
  readonly modelLog: LogLine[] = []
  readonly realLog: LogLine[] = []
  #names = 0

  constructor(kind: StackKind) {
    this.kind = kind
    this.pairs = [{ model: new ModelStack(), real: kind.make() }]
  }

  newExit(told: boolean, behaviour: Behaviour): ModelExit {
    return { name: `exit ${this.#names++}`, told, behaviour }
  }

  /** The real exit that does what the model's is meant to do. */
  act({ name, told, behaviour }: ModelExit): (outcome?: Outcome) => unknown {
    const error = new Error(name)
    const now = (outcome?: Outcome): unknown => {
      this.realLog.push([name, told && outcome !== undefined ? wordsOf(modelOf(outcome)) : 'nothing'])
      if (behaviour === 'throws') throw error
      if (behaviour === 'swallows') return true
      if (behaviour === 'replaces') return replace(error)
      if (behaviour === 'rethrows' && outcome?.status === 'failed') throw outcome.error
      return undefined
    }
    if (this.kind.kind === 'ExitStack') return now
    return async (outcome) => {
      await Promise.resolve()
      return now(outcome)
    }
  }

  manager(exit: ModelExit): object {
    const act = this.act(exit)
    return this.kind.kind === 'ExitStack'
      ? { '~enter': () => exit.name, '~exit': act }
      : { '~enterAsync': async () => exit.name, '~exitAsync': act }
  }
}

/** All errors that can be reached, by name. */
function namesIn(error: unknown): Set<string> {
  return new Set(leaves(error, { causes: true }).map((leaf) => (leaf as Error).message))
}

function modelOf(outcome: Outcome): ModelOutcome {
  return outcome.status === 'failed' ? namesIn(outcome.error) : outcome.status
}

/** A step of a program, done on one of the stacks that are open. */
type Step = (run: Run, pair: Pair) => Promise<void>

class OnOpenStack implements fc.AsyncCommand<Run, Run> {
  readonly #name: string
  readonly #pick: number
  readonly #step: Step
  constructor(name: string, pick: number, step: Step) {
    this.#name = name
    this.#pick = pick
    this.#step = step
  }
  check({ pairs }: Run): boolean {
    return pairs.some(({ model }) => model.state === 'open')
  }
  async run(run: Run): Promise<void> {
    const open = run.pairs.filter(({ model }) => model.state === 'open')
    await this.#step(run, open[this.#pick % open.length]!)
    expect(run.realLog).toEqual(run.modelLog)
    for (const { model, real } of run.pairs) expect(real.disposed).toBe(model.state === 'closed')
  }
  toString(): string {
    return `${this.#name} on ${this.#pick}`
  }
}

/** Closes both; what comes out must be what the model says. */
async function closeBoth(run: Run, { model, real }: Pair, outcome: Outcome): Promise<void> {
  const final = model.close(modelOf(outcome), run.modelLog)
  const told = outcome.status === 'failed' ? [outcome.error] : []
  const thrown = await failureOf(() => (outcome.status === 'unknown' ? run.kind.dispose(real) : real.close(outcome)))
  const came = [...told, ...thrown].at(-1)
  if (typeof final === 'object') expect(namesIn(came)).toEqual(final)
  else expect(thrown).toEqual([])
}

/** What was thrown, if anything. */
async function failureOf(work: () => unknown): Promise<unknown[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [error]
  }
}

const behaviour = fc.constantFrom<Behaviour>('passes', 'passes', 'throws', 'swallows', 'replaces', 'rethrows')
const pick = fc.nat({ max: 20 })
const block = new Error('block')
const outcome = fc.constantFrom<Outcome>(
  { status: 'completed' },
  { status: 'unknown' },
  { status: 'failed', error: block },
)

/** Every kind of step, with what it needs to know. */
const registering = fc
  .tuple(fc.constantFrom('defer', 'adopt', 'use', 'push', 'push manager', 'enter', 'hold'), pick, behaviour)
  .map(([method, at, how]) => {
    return new OnOpenStack(`${method} what ${how}`, at, async (run, pair) => {
      const exit = run.newExit(!['defer', 'adopt', 'use'].includes(method), how)
      const act = run.act(exit)
      const symbol = run.kind.kind === 'ExitStack' ? Symbol.dispose : Symbol.asyncDispose
      if (method === 'defer') pair.real.defer(() => act())
      if (method === 'adopt') pair.real.adopt(exit.name, () => act())
      if (method === 'use') pair.real.use({ [symbol]: () => act() })
      if (method === 'push') pair.real.push(act)
      if (method === 'push manager') pair.real.push(run.manager(exit))
      if (method === 'enter') expect(await pair.real.enter(run.manager(exit))).toBe(exit.name)
      if (method === 'hold') run.held.push({ exit, pair, handle: await pair.real.hold(run.manager(exit)) })
      pair.model.exits.push(exit)
    })
  })

const failingToEnter = pick.map(
  (at) =>
    new OnOpenStack('enter what fails', at, async (_, { real }) => {
      const error = new Error('enter')
      const refuse = (): never => {
        throw error
      }
      expect(await failureOf(() => real.enter({ '~enter': refuse, '~exit': refuse }))).toEqual([error])
    }),
)

const handing = fc.tuple(fc.constantFrom('move' as const, 'popAll' as const), pick).map(
  ([method, at]) =>
    new OnOpenStack(method, at, async (run, { model, real }) => {
      run.pairs.push({ model: model.handOver(), real: real[method]() })
      if (method === 'move') model.end()
    }),
)

const handles = fc.tuple(fc.boolean(), pick, pick).map(
  ([forget, at, which]) =>
    new OnOpenStack(forget ? 'forget' : 'close a handle', at, async (run) => {
      if (run.held.length === 0) return
      const { exit, handle } = run.held.splice(which % run.held.length, 1)[0]!
      const stillOn = run.pairs.filter(({ model }) => model.remove(exit))
      if (forget) {
        const forgotten = run.pairs.filter(({ real }) => real.forget(handle))
        expect(forgotten).toEqual(stillOn)
        return
      }
      const final = stillOn.length === 0 ? 'unknown' : runExit(exit, 'unknown', run.modelLog)
      const thrown = await failureOf(() => run.kind.disposeHandle(handle))
      if (stillOn.length > 0) expect(thrown.map(namesIn)).toEqual(typeof final === 'object' ? [final] : [])
    }),
)

const forking = pick.map(
  (at) =>
    new OnOpenStack('fork', at, async (run, { model, real }) => {
      if (run.kind.kind === 'ExitStack') return
      const child = new ModelStack()
      child.parent = model
      model.exits.push(child)
      run.pairs.push({ model: child, real: (real as unknown as AsyncExitStack).fork() as unknown as AnyStack })
    }),
)

const wording = pick.map(
  (at) =>
    new OnOpenStack('complete', at, async (_, { model, real }) => {
      model.word = 'completed'
      real.complete()
    }),
)

const closing = fc
  .tuple(pick, outcome)
  .map(([at, how]) => new OnOpenStack(`close ${how.status}`, at, (run, pair) => closeBoth(run, pair, how)))

const program = fc.commands(
  [registering, registering, registering, failingToEnter, handing, handles, handles, forking, wording, closing],
  { maxCommands: 40 },
)

describe.each(stackKinds)('$kind', (kind) => {
  test('ES-04 ES-11 ES-13 ES-20 ES-21 ES-34 ES-35 random programs do what an array of exits does', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (steps) => {
        const run = new Run(kind)
        await fc.asyncModelRun(() => ({ model: run, real: run }), steps)
        for (const pair of run.pairs) {
          if (pair.model.state === 'open') await closeBoth(run, pair, { status: 'completed' })
        }
        expect(run.realLog).toEqual(run.modelLog)
      }),
      { numRuns: 300 },
    )
  })
})
