/**
 * What is written to stdout or stderr, sent elsewhere for the time of a block. While a redirection is open, the stream's
 * `write` asks the ambient frame where its text goes; so one task's redirection does not catch another task's text.
 */
import type { ContextManager, ManagerExtras } from '../../contexts/index.ts'
import { currentFrame, runInFrame } from '../../frame.ts'

/** Where text goes: a function, or something with a `write`. */
export type OutputTarget = ((text: string) => unknown) | { write(text: string): unknown }

/** What {@link redirectOutput} takes. */
export interface RedirectOptions {
  /** Which stream. Default: `'stdout'`. */
  readonly stream?: 'stdout' | 'stderr' | undefined
  /** Whether text from everywhere is caught, and not only what the body and its tasks write. Default: false. */
  readonly global?: boolean | undefined
}

/** It acts on a body, so it has no native form. */
export interface Redirection<T> extends ContextManager<T>, ManagerExtras {
  readonly '~needsBody': true
}

/**
 * Sends what the body writes to `process.stdout` (or `stderr`), also by `console.log`, to a target, and gives the target. What is
 * written directly to the file descriptor is not seen. It can be entered again, also in itself: the innermost one catches.
 *
 * @param options.global  Catches the text of everything that runs at the same time, too.
 * @example
 * import { redirectOutput } from 'withal/processes'
 * const lines: string[] = []
 * await within(redirectOutput((text) => lines.push(text)), () => console.log('hello'))
 * lines // => ['hello\n']
 */
export function redirectOutput<T extends OutputTarget>(target: T, options: RedirectOptions = {}): Redirection<T> {
  return new Redirecting(target, options.stream ?? 'stdout', options.global ?? false)
}

class Redirecting<T extends OutputTarget> implements Redirection<T> {
  readonly '~needsBody' = true
  readonly #target: T
  readonly #stream: PatchedStream
  readonly #global: boolean

  constructor(target: T, stream: 'stdout' | 'stderr', global: boolean) {
    this.#target = target
    this.#stream = streams[stream]
    this.#global = global
  }

  '~enter'(): T {
    this.#stream.open(this.#global ? this.#target : undefined)
    return this.#target
  }

  '~exit'(): void {
    this.#stream.close(this.#global ? this.#target : undefined)
  }

  '~around'<R>(body: () => R): R {
    const frame = currentFrame()
    const bindings = { key: this.#stream, value: this.#target, outer: frame?.bindings }
    return runInFrame({ scope: frame?.scope, task: frame?.task, bindings }, body)
  }
}

type Write = NodeJS.WriteStream['write']

/** One of the two streams; its `write` is replaced while a redirection is open. */
class PatchedStream {
  readonly #name: 'stdout' | 'stderr'
  readonly #global: OutputTarget[] = []
  #open = 0
  #own: PropertyDescriptor | undefined

  constructor(name: 'stdout' | 'stderr') {
    this.#name = name
  }

  open(global: OutputTarget | undefined): void {
    if (global !== undefined) this.#global.push(global)
    if (this.#open++ > 0) return
    const stream = process[this.#name]
    this.#own = Object.getOwnPropertyDescriptor(stream, 'write')
    const write: Write = stream.write.bind(stream)
    stream.write = ((...args: Parameters<Write>) => this.#write(write, args)) as Write // the same overloads
  }

  close(global: OutputTarget | undefined): void {
    if (global !== undefined) this.#global.splice(this.#global.lastIndexOf(global), 1)
    if (--this.#open > 0) return
    const stream = process[this.#name]
    if (this.#own === undefined) Reflect.deleteProperty(stream, 'write')
    else Object.defineProperty(stream, 'write', this.#own)
  }

  #write(write: Write, args: Parameters<Write>): boolean {
    const target = this.#targetHere() ?? this.#global.at(-1)
    if (target === undefined) return write(...args)
    const [chunk, second, third] = args as [string | Uint8Array, unknown, unknown]
    const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
    if (typeof target === 'function') target(text)
    else target.write(text)
    const callback = typeof second === 'function' ? second : third
    if (typeof callback === 'function') queueMicrotask(() => (callback as () => void)())
    return true
  }

  #targetHere(): OutputTarget | undefined {
    for (let binding = currentFrame()?.bindings; binding !== undefined; binding = binding.outer) {
      if (binding.key === this) return binding.value as OutputTarget // only redirections use this key
    }
    return undefined
  }
}

const streams = { stdout: new PatchedStream('stdout'), stderr: new PatchedStream('stderr') }
