import type { FileHandle } from 'node:fs/promises'
import { expectTypeOf } from 'expect-type'
import { AsyncExitStack, contextManager, ExitStack, nullContext, suppress, within, withinSync } from 'withal'
import type { AsyncContextManager, ContextManager, Handle, SyncHandle } from 'withal'

declare const sync: ContextManager<string>
declare const async: AsyncContextManager<number>
declare const swallowing: ContextManager<string, true>
declare const swallowingLater: AsyncContextManager<number, true>
declare const maybe: AsyncContextManager<number, boolean>
declare const disposable: Disposable & { readonly name: 'disposable' }
declare const file: FileHandle
declare const asyncDisposable: AsyncDisposable

const plain = new ExitStack()
const any = new ExitStack<boolean>()
const plainAsync = new AsyncExitStack()
const anyAsync = new AsyncExitStack<boolean>()

// A stack gives the values of what it takes.
expectTypeOf(plain.enter(sync)).toEqualTypeOf<string>()
expectTypeOf(plain.hold(sync)).toEqualTypeOf<SyncHandle<string>>()
expectTypeOf(plain.enter(disposable)).toEqualTypeOf<typeof disposable>()
expectTypeOf(plain.use(disposable)).toEqualTypeOf<typeof disposable>()
expectTypeOf(plain.use(null)).toEqualTypeOf<null>()
expectTypeOf(plain.adopt(Math.random(), (value) => expectTypeOf(value).toEqualTypeOf<number>())).toEqualTypeOf<number>()
expectTypeOf(plainAsync.enter(async)).toEqualTypeOf<Promise<number>>()
expectTypeOf(plainAsync.enter(sync)).toEqualTypeOf<Promise<string>>()
expectTypeOf(plainAsync.enter(Promise.resolve(async))).toEqualTypeOf<Promise<number>>()
expectTypeOf(plainAsync.enter(file)).toEqualTypeOf<Promise<FileHandle>>()
expectTypeOf(plainAsync.hold(async)).toEqualTypeOf<Promise<Handle<number>>>()
expectTypeOf(plainAsync.use(asyncDisposable)).toEqualTypeOf<AsyncDisposable>()
const push = plain.push((outcome) => (outcome.status === 'failed' ? console.error(outcome.error) : undefined))
expectTypeOf(push).toBeFunction()
plain.defer((name: string, count: number) => name.repeat(count), 'a', 2)
expectTypeOf(plain.defer(() => 1)).toEqualTypeOf<void>()

// What may swallow a failure needs a stack that may; then the callback form may give nothing.
// @ts-expect-error this manager may swallow a failure
plain.enter(swallowing)
// @ts-expect-error this manager may swallow a failure
plain.hold(swallowing)
// @ts-expect-error this manager may swallow a failure
plain.enter(suppress(TypeError))
// @ts-expect-error an exit function that may swallow a failure
plain.push(() => true)
// @ts-expect-error this manager may swallow a failure
plainAsync.enter(swallowingLater)
// @ts-expect-error this manager may swallow a failure
plainAsync.enter(maybe)
// @ts-expect-error this manager may swallow a failure
plainAsync.enter(Promise.resolve(swallowingLater))
// @ts-expect-error an exit function that may swallow a failure
plainAsync.push(async () => true as const)
any.enter(swallowing)
any.hold(swallowing)
any.enter(suppress(TypeError))
any.enter(sync)
any.push(() => true)
new ExitStack<true>().enter(swallowing)
anyAsync.enter(swallowingLater)
anyAsync.enter(maybe)
anyAsync.enter(suppress(TypeError))
anyAsync.push(async () => true as const)
expectTypeOf(withinSync(plain, () => 1)).toEqualTypeOf<number>()
expectTypeOf(withinSync(any, () => 1)).toEqualTypeOf<number | undefined>()
expectTypeOf(within(plainAsync, () => 1)).toEqualTypeOf<Promise<number>>()
expectTypeOf(within(anyAsync, () => 1)).toEqualTypeOf<Promise<number | undefined>>()

// What is asynchronous needs an asynchronous stack.
// @ts-expect-error an asynchronous manager
plain.enter(async)
// @ts-expect-error an asynchronous manager
plain.hold(async)
// @ts-expect-error an asynchronous manager, on a stack that takes what may swallow
any.enter(async)
// @ts-expect-error an asynchronous manager
plain.push(async)
// @ts-expect-error an asynchronous disposable
plain.use(asyncDisposable)
// @ts-expect-error an asynchronous exit function
plain.push(async () => {})
// @ts-expect-error a promise
plain.enter(Promise.resolve(sync))

// @ts-expect-error not a manager
plain.enter({})
// @ts-expect-error not a disposable
plain.use({})
// @ts-expect-error the arguments of the callback are missing
plain.defer((name: string) => name)
// @ts-expect-error neither function nor manager
plainAsync.push(5)

// A stack is a disposable of the platform, and one of another stack.
expectTypeOf(plain).toExtend<Disposable>()
expectTypeOf(plainAsync).toExtend<AsyncDisposable>()
plain.use(new ExitStack())
plainAsync.use(new ExitStack())
expectTypeOf(plain.move()).toEqualTypeOf<ExitStack>()
expectTypeOf(anyAsync.popAll()).toEqualTypeOf<AsyncExitStack<boolean>>()
expectTypeOf(anyAsync.fork({ concurrency: 2 })).toEqualTypeOf<AsyncExitStack<boolean>>()

// In a generic function of the user.
function openAll<T>(managers: readonly AsyncContextManager<T>[]): AsyncContextManager<T[]> {
  return contextManager(async function* () {
    const stack = yield* within(new AsyncExitStack())
    const values: T[] = []
    for (const manager of managers) values.push(await stack.enter(manager))
    yield values
  })()
}
expectTypeOf(openAll([async])).toEqualTypeOf<AsyncContextManager<number[]>>()
within(openAll([async]), nullContext('a'), (values, text) => [values, text])
