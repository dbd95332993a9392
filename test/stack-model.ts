/** An exit stack as it is meant: an array, unwound from its end. It knows errors by their names only. */

/** What an exit does. `passes` also stands for whatever is no answer. */
export type Behaviour = 'passes' | 'throws' | 'swallows' | 'replaces' | 'rethrows'

/** How a block ended: the names of all errors that must not be lost, or that it did not fail. */
export type ModelOutcome = 'completed' | 'unknown' | ReadonlySet<string>

/** A registration. */
export interface ModelExit {
  readonly name: string
  /** Whether it is told the outcome, and its answer counts. */
  readonly told: boolean
  readonly behaviour: Behaviour
}

/** What an exit has been told, as the log of a run says it. */
export type LogLine = readonly [name: string, told: string]

/** A stack that is an array. */
export class ModelStack {
  exits: (ModelExit | ModelStack)[] = []
  state: 'open' | 'closed' = 'open'
  word: ModelOutcome = 'unknown'
  parent: ModelStack | undefined

  /** Runs all exits; gives what has come of the outcome. */
  close(outcome: ModelOutcome, log: LogLine[]): ModelOutcome {
    let now = outcome === 'unknown' ? this.word : outcome
    for (let exit = this.exits.pop(); exit !== undefined; exit = this.exits.pop()) {
      now = exit instanceof ModelStack ? exit.closeFor(now, log) : runExit(exit, now, log)
    }
    this.end()
    return now
  }

  /** The same for the parent: a child’s word is about the child’s own block. */
  closeFor(outcome: ModelOutcome, log: LogLine[]): ModelOutcome {
    const final = this.close(outcome, log)
    return typeof outcome === 'object' || typeof final === 'object' ? final : outcome
  }

  /** Ends without running anything. */
  end(): void {
    this.state = 'closed'
    this.parent?.remove(this)
  }

  remove(exit: ModelExit | ModelStack): boolean {
    const place = this.exits.indexOf(exit)
    if (place !== -1) this.exits.splice(place, 1)
    return place !== -1
  }

  /** Everything goes to another stack. */
  handOver(): ModelStack {
    const moved = new ModelStack()
    moved.exits = this.exits
    moved.word = this.word
    for (const exit of moved.exits) if (exit instanceof ModelStack) exit.parent = moved
    this.exits = []
    return moved
  }
}

/** Runs one exit; gives what has come of the outcome. */
export function runExit({ name, told, behaviour }: ModelExit, outcome: ModelOutcome, log: LogLine[]): ModelOutcome {
  log.push([name, told ? wordsOf(outcome) : 'nothing'])
  const failed = typeof outcome === 'object'
  if (behaviour === 'throws') return new Set([...(failed ? outcome : []), name])
  if (!told) return outcome
  if (behaviour === 'replaces') return new Set([name])
  return behaviour === 'swallows' && failed ? 'completed' : outcome
}

/** An outcome in the words of the log. */
export function wordsOf(outcome: ModelOutcome): string {
  return typeof outcome === 'string' ? outcome : `failed: ${[...outcome].toSorted().join()}`
}
