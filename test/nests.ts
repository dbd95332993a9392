/**
 * Random nests of managers for property tests. A nest is described by data and built anew for each run, so that one and
 * the same nest can be run in several forms and what happened be compared.
 */
import fc from 'fast-check'
import { contextManager, hold, replace } from 'withal'
import type { Outcome } from 'withal'
import { ambientScope } from './test-scope.ts'

const syncKinds = ['sync', 'disposable', 'generator'] as const
const allKinds = [...syncKinds, 'async', 'asyncDisposable', 'asyncGenerator', 'handle', 'promise'] as const

/** What is thrown, where something is thrown. */
const thrownShapes = ['error', 'caused', 'frozen', 'group', 'aborted', 'text', 'undefined', 'null', 'zero'] as const
type Shape = (typeof thrownShapes)[number]

type Action =
  | { readonly does: 'completes' | 'swallows' | 'rethrows' }
  | { readonly does: 'throws' | 'replaces'; readonly shape: Shape }

interface Layer {
  readonly kind: (typeof allKinds)[number]
  /** How many turns each of its steps takes, where it may wait. */
  readonly turns: number
  readonly enter: Action
  readonly exit: Action
}

/** A nest: from the outermost manager to the innermost, and the body. */
export interface Nest {
  readonly layers: readonly Layer[]
  readonly body: Action
}

const shape = fc.constantFrom(...thrownShapes)
const throwing = fc.record({ does: fc.constant('throws' as const), shape })
const completes = fc.constant({ does: 'completes' } as const)
const mayThrow: fc.Arbitrary<Action> = fc.oneof({ arbitrary: completes, weight: 6 }, { arbitrary: throwing, weight: 1 })
const atExit: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: completes, weight: 4 },
  { arbitrary: throwing, weight: 3 },
  fc.constantFrom<Action>({ does: 'swallows' }, { does: 'rethrows' }),
  fc.record({ does: fc.constant('replaces' as const), shape }),
)

function nests(kinds: readonly Layer['kind'][]): fc.Arbitrary<Nest> {
  const kind = fc.constantFrom(...kinds)
  const layer = fc.record({ kind, turns: fc.nat(2), enter: mayThrow, exit: atExit })
  return fc.record({ layers: fc.array(layer, { maxLength: 5 }), body: fc.oneof(completes, throwing) })
}

/** Nests that need no waiting, and nests of all kinds. */
export const syncNests: fc.Arbitrary<Nest> = nests(syncKinds)
export const anyNests: fc.Arbitrary<Nest> = nests(allKinds)

/** One run of a nest, and what happened in it. */
export class Run {
  readonly events: string[] = []
  /** What was thrown and neither swallowed nor replaced since. */
  readonly #alive = new Set<unknown>()
  readonly #labels = new Map<unknown, string>()
  readonly entered: number[] = []
  readonly exited: number[] = []
  /** The exits that may wait and met a cancelled scope all the same. */
  readonly unshielded: number[] = []
  /** Is called after each event with their number. */
  readonly #onEvent: (count: number) => void

  constructor(onEvent: (count: number) => void = () => {}) {
    this.#onEvent = onEvent
  }

  /** The functions that make the managers: nothing is entered before they are called. */
  makers({ layers }: Nest): (() => unknown)[] {
    return layers.map((layer, index) => () => this.#manager(layer, index))
  }

  body({ body }: Nest): string {
    this.#happens('body')
    this.#act(body, 'body')
    return 'result'
  }

  /** Runs a form; gives how it ended in words that two runs can be compared by. */
  async end(form: () => unknown): Promise<string> {
    try {
      return `completed: ${String(await form())}`
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** The same without waiting. */
  endSync(form: () => unknown): string {
    try {
      return `completed: ${String(form())}`
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(error: unknown): string {
    this.received(error)
    return `failed: ${this.tell(error)}`
  }

  /** Somebody has got this error: by catching it, or as a late one. */
  received(error: unknown): void {
    for (const known of reachable(error)) this.#alive.delete(known)
  }

  /** An error in words: what it is, and all it leads to. */
  tell(error: unknown): string {
    const label = this.#labels.get(error) ?? (error instanceof Error ? error.name : String(error))
    const parts = partsOf(error).map(([name, part]) => `${name}: ${this.tell(part)}`)
    return parts.length === 0 ? label : `${label}(${parts.join(', ')})`
  }

  /** Errors that were neither dealt with nor received, nor can be reached from one that was. */
  lost(): string[] {
    return [...this.#alive].map((error) => this.tell(error))
  }

  #happens(event: string): void {
    this.events.push(event)
    this.#onEvent(this.events.length)
  }

  #manager(layer: Layer, index: number): unknown {
    const turns = (): Promise<void> => take(layer.turns)
    const enter = (): number => this.#enter(layer, index)
    const exit = (outcome: Outcome): unknown => this.#exit(layer, index, outcome)
    const dispose = (): void => this.#dispose(layer, index)
    const asyncManager = {
      '~enterAsync': async () => (await turns(), enter()),
      '~exitAsync': async (outcome: Outcome) => (await turns(), exit(outcome) as undefined),
    }
    switch (layer.kind) {
      case 'sync':
        return { '~enter': enter, '~exit': exit }
      case 'disposable':
        enter()
        return { [Symbol.dispose]: dispose }
      case 'asyncDisposable':
        enter()
        return { [Symbol.asyncDispose]: async () => (await turns(), dispose()) }
      case 'generator':
        return this.#generator(enter, exit)()
      case 'asyncGenerator': {
        const generator = this.#steps(enter, exit)
        const made = contextManager(async function* () {
          await turns()
          return yield* generator()
        })
        return made()
      }
      case 'handle':
        return hold(asyncManager)
      case 'promise':
        return take(layer.turns).then(() => asyncManager)
      default:
        return asyncManager
    }
  }

  #generator(enter: () => number, exit: (outcome: Outcome) => unknown): () => unknown {
    return contextManager(this.#steps(enter, exit))
  }

  #steps(enter: () => number, exit: (outcome: Outcome) => unknown): () => Generator<number, true | void, undefined> {
    return function* () {
      const value = enter()
      let outcome: Outcome = { status: 'unknown' }
      try {
        yield value
        outcome = { status: 'completed' }
      } catch (error) {
        outcome = { status: 'failed', error }
      }
      const answer = exit(outcome)
      if (answer === true) return true
      if (typeof answer === 'object') throw (answer as { error: unknown }).error // a generator cannot replace, but add
      return undefined
    }
  }

  #enter({ enter }: Layer, index: number): number {
    this.#happens(`enter ${index}`)
    this.#act(enter, `enter ${index}`)
    this.entered.push(index)
    return index
  }

  #exit({ kind, exit }: Layer, index: number, outcome: Outcome): unknown {
    this.exited.push(index)
    const waits = kind !== 'sync' && kind !== 'generator'
    if (waits && ambientScope()?.cancelled !== undefined) this.unshielded.push(index)
    const failed = outcome.status === 'failed'
    this.#happens(`exit ${index} ${failed ? this.tell(outcome.error) : outcome.status}`)
    const generator = kind === 'generator' || kind === 'asyncGenerator'
    if (failed && (exit.does === 'swallows' || (exit.does === 'replaces' && !generator))) {
      this.received(outcome.error)
    }
    if (exit.does === 'swallows') return true
    if (exit.does === 'rethrows' && failed) throw outcome.error
    if (exit.does === 'replaces') return replace(this.#make(exit.shape, `exit ${index}`))
    this.#act(exit, `exit ${index}`)
    return undefined
  }

  #dispose({ kind, exit }: Layer, index: number): void {
    this.exited.push(index)
    if (kind === 'asyncDisposable' && ambientScope()?.cancelled !== undefined) this.unshielded.push(index)
    this.#happens(`dispose ${index}`)
    this.#act(exit, `dispose ${index}`)
  }

  #act(action: Action, label: string): void {
    if (action.does === 'throws') throw this.#make(action.shape, label)
  }

  #make(kind: Shape, label: string): unknown {
    const made = makeThrown(kind, label)
    if (typeof made === 'object' && made !== null) this.#labels.set(made, label)
    this.#alive.add(made)
    return made
  }
}

function makeThrown(kind: Shape, label: string): unknown {
  switch (kind) {
    case 'error':
      return new Error(label)
    case 'caused':
      return new Error(label, { cause: 'its own' })
    case 'frozen':
      return Object.freeze(new Error(label))
    case 'group':
      return new AggregateError([new Error('member')], label)
    case 'aborted':
      return Object.assign(new Error(label), { name: 'AbortError' })
    case 'text':
      return label
    case 'undefined':
      return undefined
    case 'null':
      return null
    default:
      return 0
  }
}

async function take(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

/** What an error leads to, by name. */
function partsOf(error: unknown): [string, unknown][] {
  if (typeof error !== 'object' || error === null) return []
  const parts: [string, unknown][] = []
  for (const name of ['cause', 'error', 'suppressed']) {
    if (Object.hasOwn(error, name)) parts.push([name, (error as Record<string, unknown>)[name]])
  }
  const { errors } = error as { errors?: unknown }
  if (Array.isArray(errors)) errors.forEach((member, index) => parts.push([`errors ${index}`, member]))
  return parts
}

/** All that some errors lead to, themselves included. */
function reachable(start: unknown): Set<unknown> {
  const reached = new Set([start])
  for (const error of reached) for (const [, part] of partsOf(error)) reached.add(part)
  return reached
}
