import { expectTypeOf } from 'expect-type'
import { ensure, fromCallback, nullContext, suppress, within, wrap } from 'withal'
import type { AsyncContextManager, ContextManager } from 'withal'

declare const lock: ContextManager<'lock'>
declare const lease: (id: number) => AsyncContextManager<{ readonly query: string }>
declare const connection: AsyncContextManager<string>
declare const asyncSuppress: AsyncContextManager<undefined, true>

// The wrapped function has the type of the function.
expectTypeOf(wrap(lock, (a: number, b = 'b') => `${a}${b}`)).toEqualTypeOf<(a: number, b?: string) => string>()
expectTypeOf(wrap(connection, async (a: number) => a)).toEqualTypeOf<(a: number) => Promise<number>>()
expectTypeOf(
  wrap(
    () => connection,
    async () => 1,
  ),
).toEqualTypeOf<() => Promise<number>>()
expectTypeOf(
  wrap(
    (id: number) => lease(id),
    async (id: number) => id,
  ),
).toEqualTypeOf<(id: number) => Promise<number>>()
expectTypeOf(wrap(lock, function* (a: number) { yield a })).toExtend<(a: number) => Generator<number>>() // prettier-ignore
expectTypeOf(wrap(connection, async function* (a: number) { yield a })).toExtend<(a: number) => AsyncGenerator<number>>() // prettier-ignore

// DEC-05: where the manager may swallow, the result may be missing.
expectTypeOf(wrap(suppress(Error), (a: number) => a)).toEqualTypeOf<(a: number) => number | undefined>()
expectTypeOf(wrap(suppress(Error), async (a: number) => a)).toEqualTypeOf<(a: number) => Promise<number | undefined>>()
expectTypeOf(wrap(asyncSuppress, async () => 1)).toEqualTypeOf<() => Promise<number | undefined>>()

// A manager of both protocols wraps both kinds.
expectTypeOf(
  wrap(
    ensure(() => {}),
    (a: number) => a,
  ),
).toEqualTypeOf<(a: number) => number>()
expectTypeOf(
  wrap(
    ensure(() => {}),
    async (a: number) => a,
  ),
).toEqualTypeOf<(a: number) => Promise<number>>()
expectTypeOf(wrap(connection, async function (a: number) { return a })).toEqualTypeOf<(a: number) => Promise<number>>() // prettier-ignore

// DEC-13: with `passValue` the value comes before the arguments.
expectTypeOf(wrap(lease, async (client, id) => `${client.query}${id}`, { passValue: true })).toEqualTypeOf<
  (id: number) => Promise<string>
>()
expectTypeOf(
  wrap(
    () => lease(1),
    async (client, name: string) => `${client.query}${name}`,
    { passValue: true },
  ),
).toEqualTypeOf<(name: string) => Promise<string>>()

// DEC-10: a decorator.
class Orders {
  @wrap(lock)
  find(id: number): string {
    return String(id)
  }
  @wrap(() => connection)
  async load(id: number): Promise<string> {
    return String(id)
  }
  @wrap(lock)
  static all(): string[] {
    return []
  }
  @wrap(lock)
  get count(): number {
    return 1
  }
  @wrap(lock)
  arrow = (id: number): string => String(id)

  // @ts-expect-error DEC-08: 'an asynchronous manager cannot wrap a synchronous function: make it async'
  @wrap(connection)
  wrong(): string {
    return ''
  }
}
expectTypeOf(new Orders().find).toEqualTypeOf<(id: number) => string>()

// @ts-expect-error DEC-08: 'an asynchronous manager cannot wrap a synchronous function: make it async'
wrap(connection, () => 1)
// @ts-expect-error DEC-08: nor a synchronous generator
wrap(connection, function* () { yield 1 }) // prettier-ignore
// @ts-expect-error no function
wrap(lock, 42)
// @ts-expect-error no manager
wrap(42, () => 1)
const byName = async (name: string): Promise<string> => name
// @ts-expect-error the maker takes what the function is called with
wrap(lease, byName)

// A callback's value cannot be inferred, so it is named.
const transaction = fromCallback<{ readonly sql: string }>((run) => run({ sql: '' }))
within(transaction(), (tx) => expectTypeOf(tx).toEqualTypeOf<{ readonly sql: string }>())
// @ts-expect-error 'name the value: fromCallback<Transaction>(…)'
fromCallback((run) => run(nullContext(1)))
// @ts-expect-error the value has another type
fromCallback<string>((run) => run(42))
// @ts-expect-error what starts the callback gives a promise
fromCallback<string>(() => 42)
