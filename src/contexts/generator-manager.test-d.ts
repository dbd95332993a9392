import { expectTypeOf } from 'expect-type'
import { AsyncComposedManager, ComposedManager, contextManager, hold, nullContext, suppress, within } from 'withal'
import type { AsyncContextManager, ContextManager, Handle } from 'withal'

class Connection {
  readonly url: string = ''
}
declare const connect: (url: string) => AsyncContextManager<Connection>
declare const handle: Handle<Connection>

// GM-15: parameters and value are inferred (a default value does not give its parameter a type); GM-27: so is whether it is synchronous, and whether it may swallow.
const sync = contextManager(function* (url: string, port: number = 80) {
  yield `${url}:${port}`
})
expectTypeOf(sync).parameters.toEqualTypeOf<[url: string, port?: number | undefined]>()
expectTypeOf(sync).returns.toEqualTypeOf<ContextManager<string>>()

const async = contextManager(async function* (...names: string[]) {
  yield names.length
})
expectTypeOf(async).toEqualTypeOf<(...names: string[]) => AsyncContextManager<number>>()

const nothing = contextManager(function* () {
  yield
})
expectTypeOf(nothing).toEqualTypeOf<() => ContextManager<undefined>>()

const swallows = contextManager(function* () {
  try {
    yield 1
  } catch {
    return true
  }
  return undefined
})
expectTypeOf(swallows).toEqualTypeOf<() => ContextManager<number, true>>()
expectTypeOf(within(swallows(), (value) => value)).toEqualTypeOf<Promise<number | undefined>>()

const asyncSwallows = contextManager(async function* () {
  try {
    yield 1
  } catch {
    return true
  }
  return undefined
})
expectTypeOf(asyncSwallows).toEqualTypeOf<() => AsyncContextManager<number, true>>()

const limited = contextManager(
  async function* () {
    yield 1
  },
  { exitTimeout: 1000 },
)
expectTypeOf(limited).toEqualTypeOf<() => AsyncContextManager<number>>()

// Rule A: a step gives the value of its manager; steps are no values of the generator.
const session = contextManager(async function* (url: string) {
  const connection = yield* within(connect(url))
  expectTypeOf(connection).toEqualTypeOf<Connection>()
  const name = yield* within(nullContext('name'))
  expectTypeOf(name).toEqualTypeOf<string>()
  yield* within(suppress(Error))
  expectTypeOf(yield* within(hold(connect(url)))).toEqualTypeOf<Connection>()
  expectTypeOf(yield* within(handle)).toEqualTypeOf<Connection>()
  yield { connection, name }
})
expectTypeOf(session).toEqualTypeOf<(url: string) => AsyncContextManager<{ connection: Connection; name: string }>>()
const steps = contextManager(function* () {
  const name = yield* within(nullContext('name'))
  yield name.length
})
expectTypeOf(steps).toEqualTypeOf<() => ContextManager<number>>()

// GM-15: a generic generator makes generic managers, also where only a part of what it yields is generic.
const box = contextManager(async function* <T>(value: T) {
  yield value
})
expectTypeOf(box(1)).toEqualTypeOf<AsyncContextManager<number>>()
expectTypeOf(within(box('a'), (value) => value)).toEqualTypeOf<Promise<string>>()
const syncBox = contextManager(function* <T>(value: T) {
  yield* within(nullContext(1))
  yield value
})
expectTypeOf(syncBox('a')).toEqualTypeOf<ContextManager<string>>()
const pair = contextManager(function* <A extends { readonly id: number }, B = string>(a: A, b: B) {
  yield [a, b] as const
})
expectTypeOf(pair({ id: 1, name: 'a' }, true)).toEqualTypeOf<
  ContextManager<readonly [{ id: number; name: string }, boolean]>
>()
const genericSwallows = contextManager(
  async function* <T>(value: T) {
    try {
      yield { value }
    } catch {
      return true
    }
    return undefined
  },
  { exitTimeout: 1000 },
)
expectTypeOf(genericSwallows(1)).toEqualTypeOf<AsyncContextManager<{ value: number }, true>>()
function useBox<T>(value: T): Promise<readonly T[]> {
  return within(syncBox(value), (inside) => [inside])
}
expectTypeOf(useBox).toBeFunction()

// CM-23: the same in a class.
class Service extends ComposedManager<Service> {
  *compose() {
    expectTypeOf(yield* within(nullContext('name'))).toEqualTypeOf<string>()
    yield this
  }
}
class AsyncService extends AsyncComposedManager<AsyncService> {
  async *compose() {
    expectTypeOf(yield* within(connect('url'))).toEqualTypeOf<Connection>()
    yield this
  }
}
expectTypeOf(within(new Service(), new AsyncService(), (a, b) => [a, b] as const)).toEqualTypeOf<
  Promise<readonly [Service, AsyncService]>
>()

contextManager(function* () {
  // @ts-expect-error an asynchronous step in `function*`
  yield* within(connect('url'))
  yield 1
})
contextManager(function* () {
  // @ts-expect-error a step that waits for a promise in `function*`
  yield* within(Promise.resolve(nullContext(1)))
  yield 1
})

// @ts-expect-error GM-11: an argument is missing
sync()
// @ts-expect-error GM-11: an argument of another type
sync(80)
// @ts-expect-error GM-06: 'the generator never yields a value'
contextManager(async function* () {})
// @ts-expect-error GM-06: 'the generator never yields a value', only a step
contextManager(function* () {
  yield* within(nullContext(1))
})
// @ts-expect-error 'yield a value, not a handle: write `const value = yield* within(manager)`'
contextManager(async function* () {
  yield await hold(connect('url'))
})
// @ts-expect-error GM-22: an async function
contextManager(async () => 1)
// @ts-expect-error GM-22: a plain function
contextManager(() => 1)
// @ts-expect-error GM-03: only `true` swallows
contextManager(function* () {
  yield 1
  return 'done'
})
// @ts-expect-error a synchronous generator has no time limit
contextManager(function* () { yield 1 }, { exitTimeout: 1000 }) // prettier-ignore
// @ts-expect-error GM-06: a generic function, too, has to yield a value
contextManager(async function* <T>(_a: T, _b: T) {})
