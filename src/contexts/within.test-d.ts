import { expectTypeOf } from 'expect-type'
import { hold, nullContext, suppress, within, withinSync } from 'withal'
import type { AsyncContextManager, ContextManager, ExitAnswer, Outcome } from 'withal'

class Connection {
  readonly url: string = ''
}
class Transaction {
  readonly id: number = 0
}
declare const connection: AsyncContextManager<Connection>
declare const transaction: (connection: Connection) => AsyncContextManager<Transaction>
declare const lock: ContextManager<'lock'>
declare const maySwallow: AsyncContextManager<string, true>
declare const sometimesSwallows: AsyncContextManager<string, boolean>
declare const file: Disposable & { readonly path: string }
declare const socket: AsyncDisposable & { readonly port: number }

// Everything is inferred without annotation: values, makers, promises, and the result.
expectTypeOf(
  within(
    lock,
    Promise.resolve(connection),
    (a, b) => (expectTypeOf(a).toEqualTypeOf<'lock'>(), expectTypeOf(b).toEqualTypeOf<Connection>(), transaction(b)),
    (a, b, c) => {
      expectTypeOf([a, b, c]).toEqualTypeOf<('lock' | Connection | Transaction)[]>()
      expectTypeOf(c).toEqualTypeOf<Transaction>()
      return c.id
    },
  ),
).toEqualTypeOf<Promise<number>>()

expectTypeOf(within(connection, async (c) => c.url)).toEqualTypeOf<Promise<string>>()
expectTypeOf(within(connection, (c) => c.url)).toEqualTypeOf<Promise<string>>()
expectTypeOf(within(connection, () => {})).toEqualTypeOf<Promise<void>>()
expectTypeOf(within(lock, lock, lock, lock, lock, (a, b, c, d, e) => [a, b, c, d, e] as const)).toEqualTypeOf<
  Promise<readonly ['lock', 'lock', 'lock', 'lock', 'lock']>
>()
expectTypeOf(
  withinSync(
    lock,
    (a) => nullContext(a.length),
    (a, b) => [a, b] as const,
  ),
).toEqualTypeOf<readonly ['lock', number]>()

// A disposable gives itself, a handle what it holds, and a promise of either the same.
within(file, socket, (a, b) => {
  expectTypeOf(a).toEqualTypeOf(file)
  expectTypeOf(b).toEqualTypeOf(socket)
})
within(hold(connection), (value) => expectTypeOf(value).toEqualTypeOf<Connection>())
withinSync(file, (value) => expectTypeOf(value).toEqualTypeOf(file))

// The result may be undefined exactly where a manager may swallow a failure (D-33).
expectTypeOf(within(maySwallow, () => 1)).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(within(sometimesSwallows, () => 1)).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(within(connection, maySwallow, () => 1)).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(
  within(
    connection,
    () => Promise.resolve(maySwallow),
    () => 1,
  ),
).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(within(suppress(Error), () => 1)).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(withinSync(suppress(Error), () => 1)).toEqualTypeOf<number | undefined>()
expectTypeOf(within(connection, lock, file, () => 1)).toEqualTypeOf<Promise<number>>()

// A class needs no import to be a manager.
class Timer {
  elapsed = 0
  '~enter'(): this {
    return this
  }
  '~exit'(): void {}
}
within(new Timer(), (timer) => expectTypeOf(timer).toEqualTypeOf<Timer>())
withinSync(new Timer(), (timer) => expectTypeOf(timer.elapsed).toEqualTypeOf<number>())

// Its answers say whether it may swallow.
class Swallows {
  '~enter'(): void {}
  '~exit'(outcome: Outcome): true | undefined {
    return outcome.status === 'failed' ? true : undefined
  }
}
expectTypeOf(withinSync(new Swallows(), () => 1)).toEqualTypeOf<number | undefined>()

// @ts-expect-error CM-02: a class that lacks the exit does not implement a manager
class NoExit implements ContextManager<number> {
  '~enter'(): number {
    return 1
  }
}
// @ts-expect-error CM-02: a class that lacks the exit does not implement a manager
class NoAsyncExit implements AsyncContextManager<number> {
  '~enterAsync'(): number {
    return 1
  }
}
// @ts-expect-error CM-02: and it cannot be entered
within(new NoExit(), () => {})
// @ts-expect-error CM-02: and it cannot be entered
withinSync(new NoExit(), () => {})
// @ts-expect-error CM-02: nor the other
within(new NoAsyncExit(), () => {})

// CM-07: an exit that answers what could be taken for `true` is not a manager.
class Truthy {
  '~enter'(): void {}
  '~exit'(): number {
    return 1
  }
}
// @ts-expect-error a number is no answer
withinSync(new Truthy(), () => {})
// @ts-expect-error `true` is an answer only where the type says so
const wrongAnswer: ExitAnswer = true
expectTypeOf(wrongAnswer)

// CM-25: an async body needs `within`.
// @ts-expect-error 'an async body needs `within`, not `withinSync`'
withinSync(lock, async () => 1)
// @ts-expect-error the same for a plain function that gives a promise
withinSync(lock, () => Promise.resolve())
// @ts-expect-error the same after several managers
withinSync(lock, file, async () => {})

// ACM-03: what has to be waited for cannot be entered synchronously.
// @ts-expect-error an asynchronous manager
withinSync(connection, () => {})
// @ts-expect-error an AsyncDisposable
withinSync(socket, () => {})
// @ts-expect-error a promise of a manager
withinSync(Promise.resolve(lock), () => {})

// What is no manager.
const body = (): void => {}
const makesLock = (): ContextManager<'lock'> => lock
const makesNumber = (): number => 42
// @ts-expect-error a number
within(42, body)
// @ts-expect-error an object without the methods
within({ close() {} }, body)
// @ts-expect-error a promise of nothing that can be entered
within(Promise.resolve(42), body)
// @ts-expect-error a function that makes one, in the first place: call it
within(makesLock, body)
// @ts-expect-error a function that makes no manager, in the second place
within(lock, makesNumber, body)

// Bodies that do not fit.
// @ts-expect-error the parameter has another type
within(connection, (value: Transaction) => value)
// @ts-expect-error more parameters than values
within(connection, (a, b) => [a, b])
// @ts-expect-error no body
within(connection, lock, 'body')
declare const makesOther: (transaction: Transaction) => ContextManager<'lock'>
// @ts-expect-error the maker's parameter has another type
within(connection, makesOther, body)
