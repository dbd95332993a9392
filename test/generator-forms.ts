/** The ways of running a body within a generator manager: what holds for all of them is tested on each. */
import { contextManager, nullContext, within, withinSync } from 'withal'
import type { AnyManaged, ManagedSync } from 'withal'

type GeneratorFunction = (...args: never[]) => Generator<unknown, true | void, undefined>

/** A kind of generator, and a form that takes it. */
export interface GeneratorForm {
  readonly form: string
  readonly sync: boolean
  make<F extends GeneratorFunction>(fn: F): (...args: Parameters<F>) => AnyManaged
  run(manager: AnyManaged, body: (value: unknown) => unknown): Promise<unknown>
}

const makeSync = <F extends GeneratorFunction>(fn: F): ((...args: Parameters<F>) => AnyManaged) =>
  contextManager(fn as never) // the forms are tested here, not the types

/** The same generator, with a turn before its first step. */
const makeAsync = <F extends GeneratorFunction>(fn: F): ((...args: Parameters<F>) => AnyManaged) =>
  contextManager(async function* (...args: never[]) {
    await Promise.resolve()
    return yield* fn(...args)
  })

/** The rows. */
export const generatorForms: readonly GeneratorForm[] = [
  {
    form: 'function* in withinSync',
    sync: true,
    make: makeSync,
    run: async (manager, body) => withinSync(manager as ManagedSync, body),
  },
  {
    form: 'function* among several in withinSync',
    sync: true,
    make: makeSync,
    run: async (manager, body) => withinSync(nullContext(), manager as ManagedSync, (_, value) => body(value)),
  },
  { form: 'function* in within', sync: true, make: makeSync, run: (manager, body) => within(manager, body) },
  { form: 'async function* in within', sync: false, make: makeAsync, run: (manager, body) => within(manager, body) },
  {
    form: 'async function* among several in within',
    sync: false,
    make: makeAsync,
    run: (manager, body) => within(nullContext(), manager, (_, value) => body(value)),
  },
]
