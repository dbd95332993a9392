/**
 * Listening to the library. `observe` hears what it does (see `channels.ts`); `diagnose` hears what it notices: development
 * diagnostics name what was never closed, or left without a word, or does not end, with the place where it was opened. Both
 * cost nothing until somebody listens.
 */
import {
  diagnosticListeners,
  isWatching,
  lateErrorChannel,
  resourceChannel,
  scopeChannel,
  taskChannel,
  tellDiagnostic,
  watches,
} from './channels.ts'
import type { Channel, Diagnostic, Observation } from './channels.ts'
import { UsageError } from './errors/index.ts'

/**
 * Calls the listener with all that is said on the channels `withal:task`, `withal:scope`, `withal:resource` and
 * `withal:late-error`; the answer ends that. It is called at once, in the frame of what happens, and must not use the
 * library itself, or it would hear of that, too. What it throws is reported as uncaught.
 *
 * Where there is `node:diagnostics_channel`, its subscribers hear the same, and may choose among the channels. `docs/observing.md`
 * describes the messages.
 *
 * @throws UsageError  Not a function.
 * @example
 * const heard: string[] = []
 * const stop = observe((message) => heard.push(message.type))
 * await within(nullContext('value'), async () => {})
 * stop()
 * heard // => ['resource-entered', 'resource-exited']
 */
export function observe(listener: (message: Observation) => void): () => void {
  if (typeof listener !== 'function') {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`observe\` got ${String(listener)}. Give a function of a message.`,
    )
  }
  const heard = (message: Observation): void => listener(message) // one of its own for each call, so that each can be ended
  const channels = [taskChannel, scopeChannel, resourceChannel, lateErrorChannel] as Channel<Observation>[] // each says some of it
  const stops = channels.map((channel) => listenTo(channel, heard))
  return () => {
    for (const stop of stops) stop()
  }
}

/** A channel of the platform can be subscribed to; one of our own is given what it needs for that. */
type AnyChannel =
  | (Channel<Observation> & { subscribe(listener: Listener): void; unsubscribe(listener: Listener): void })
  | { subscribe?: undefined; hasSubscribers: boolean; listeners?: readonly Listener[]; publish?: Listener }
type Listener = (message: Observation) => void

function listenTo(channel: Channel<Observation>, listener: Listener): () => void {
  const known = channel as AnyChannel
  if (known.subscribe !== undefined) {
    known.subscribe(listener)
    return () => known.unsubscribe(listener)
  }
  known.listeners = [...(known.listeners ?? []), listener]
  known.hasSubscribers = true
  known.publish ??= (message) => publishTo(known.listeners ?? [], message)
  return () => {
    known.listeners = (known.listeners ?? []).filter((other) => other !== listener)
    known.hasSubscribers = known.listeners.length > 0
  }
}

/** A listener that throws stops neither the others nor the publisher, as on the platform's channels. */
function publishTo(listeners: readonly Listener[], message: Observation): void {
  for (const listener of listeners) {
    try {
      listener(message)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/**
 * Turns development diagnostics on; the answer turns them off again. Without a listener nothing is recorded. What is
 * opened before is not watched. With the environment variable `WITHAL_DIAGNOSTICS=1` they are on from the start, and
 * written as warnings of the process.
 *
 * @param listener  Is called with each diagnostic. Default: a warning of the process, or `console.warn`.
 * @example
 * const heard: string[] = []
 * const stop = diagnose((diagnostic) => heard.push(diagnostic.code))
 * const transaction = contextManager(function* () { yield 'tx' })
 * { using handle = holdSync(transaction()) }
 * stop()
 * heard // => ['WITHAL_LEFT_WITHOUT_A_WORD']
 */
export function diagnose(listener: (diagnostic: Diagnostic) => void = warn): () => void {
  watches.step = watchStep
  diagnosticListeners.add(listener)
  return () => void diagnosticListeners.delete(listener)
}

/** Follows one open thing until it is closed. */
export interface Watch {
  /** From here on, if this object is collected before `closed` was called, that is told. */
  follow(opened: object): void
  /** It has been closed; `wordless`: by a native block that did not say how it ended, where that makes a difference. */
  closed(wordless: boolean): void
}

/**
 * Begins to watch something that is being opened, if anybody listens.
 *
 * @param what    What it is, in the words of a message: `a handle of Connection`.
 * @param caller  The function that opens it; it and what it calls are left out of the stack.
 */
export function watchOpen(what: () => string, caller: (...args: never[]) => unknown): Watch | undefined {
  return isWatching() ? new OpenWatch(what(), placeOf(caller)) : undefined
}

class OpenWatch implements Watch {
  readonly #what: string
  readonly #openedAt: string
  constructor(what: string, openedAt: string) {
    this.#what = what
    this.#openedAt = openedAt
  }

  follow(opened: object): void {
    collected.register(opened, this, this)
  }

  closed(wordless: boolean): void {
    collected.unregister(this)
    if (!wordless) return
    this.#tell(
      'WITHAL_LEFT_WITHOUT_A_WORD',
      `was left by its block without a word, so it counts as failed: either the block threw, or \`complete()\` (\`commit()\`, \`join()\`) was forgotten`,
    )
  }

  neverClosed(): void {
    this.#tell(
      'WITHAL_NEVER_CLOSED',
      'was never closed: what it holds stays open. Open it with `using`, `within` or on a stack',
    )
  }

  #tell(code: Diagnostic['code'], what: string): void {
    const openedAt = this.#openedAt
    tellDiagnostic({ code, message: `${this.#what} ${what}. Opened at:\n${openedAt}`, openedAt })
  }
}

/** A step that nobody takes does nothing, and looks like a block. */
function watchStep(step: object, what: () => string, caller: (...args: never[]) => unknown): (() => void) | undefined {
  if (!isWatching()) return undefined
  const openedAt = placeOf(caller)
  const message = `${what()} was given no body, and nobody has taken it by \`yield*\`, so it has done nothing. Give it a body, or write \`yield*\` before it. Called at:\n${openedAt}`
  const watch = { neverClosed: () => tellDiagnostic({ code: 'WITHAL_STEP_NOT_TAKEN', message, openedAt }) }
  collected.register(step, watch, watch)
  return () => void collected.unregister(watch)
}

/** Collection only tells of what was forgotten; nothing is ever closed by it (fact JF-22). */
const collected = new FinalizationRegistry<{ neverClosed(): void }>((watch) => watch.neverClosed())

/** How many lines of a stack are looked at, and how many of it are kept. */
const [linesSeen, linesKept] = [40, 10]

/** The stack above a function: where it was called, without the lines of the library itself. */
export function placeOf(caller: (...args: never[]) => unknown): string {
  const place: { stack?: string } = {}
  const { captureStackTrace, stackTraceLimit } = Error as ErrorClass
  Reflect.set(Error, 'stackTraceLimit', linesSeen) // says no where nothing may be changed
  if (captureStackTrace === undefined) place.stack = new Error('opened').stack ?? ''
  else captureStackTrace(place, caller)
  const lines = (place.stack ?? '').replace(/^.*\n/, '').split('\n')
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  const others = lines.filter((line) => !isOwn(line))
  return (others.length > 0 ? others : lines).slice(0, linesKept).join('\n')
}

interface ErrorClass {
  readonly captureStackTrace?: (target: object, caller: unknown) => void
  readonly stackTraceLimit?: number
}

/** The folder of the library's files: in a bundle there is none, and its lines cannot be told from others. */
let ownFolder: string | undefined

/** Whether a line of a stack is one of the library, or of a frame that it enters; its tests stand beside what they test. */
function isOwn(line: string): boolean {
  if (/Async(?:LocalStorage\.run|Resource\.runInAsyncScope)\b/.test(line)) return true
  ownFolder ??= /((?:\w+:\/\/)?[^\s()@]*?)observe\.[jt]s\b/.exec(new Error('here').stack ?? '')?.[1] ?? ''
  return ownFolder !== '' && line.includes(ownFolder) && !line.includes('.test.')
}

interface Process {
  readonly env?: Record<string, string | undefined>
  emitWarning?(message: string, options: { type: string; code: string }): void
}
const { process } = globalThis as { process?: Process }

function warn(diagnostic: Diagnostic): void {
  if (process?.emitWarning === undefined) console.warn(diagnostic.message)
  else process.emitWarning(diagnostic.message, { type: 'WithalDiagnostic', code: diagnostic.code })
}

if (isAskedFor()) diagnose()

function isAskedFor(): boolean {
  try {
    return process?.env?.['WITHAL_DIAGNOSTICS'] === '1'
  } catch {
    return false // Deno without the permission to read the environment
  }
}
