/** The ready-made managers at their users' places; `closing` and `listening` have files of their own. */
import { expectTypeOf } from 'expect-type'
import {
  Cancelled,
  contextManager,
  ensure,
  hold,
  holdSync,
  nullContext,
  replaceable,
  shared,
  stopwatch,
  suppress,
  transactional,
  within,
  withinSync,
} from 'withal'
import type { AsyncContextManager, ContextManager, Shared, Slot } from 'withal'

class Connection {
  readonly id: number = 1
  async begin(): Promise<this> {
    return this
  }
  async commit(): Promise<void> {}
}
declare const connection: AsyncContextManager<Connection>

// What may swallow makes the result possibly undefined.
expectTypeOf(within(suppress(TypeError), () => 1)).toEqualTypeOf<Promise<number | undefined>>()
expectTypeOf(withinSync(suppress({ code: 'ENOENT' }), () => 'a')).toEqualTypeOf<string | undefined>()
suppress()
suppress(TypeError, RangeError, Cancelled)
suppress({ code: 'ENOENT' }, { name: 'NotFoundError' }, { code: 404 })
suppress((error) => String(error) === 'no')
// @ts-expect-error it acts on a body, so it has no native form
hold(suppress(TypeError))
// @ts-expect-error it acts on a body, so it has no native form
holdSync(suppress(TypeError))
// @ts-expect-error a message is no matcher
suppress('ENOENT')

// A value that is given as it is.
expectTypeOf(withinSync(nullContext(), (value) => value)).toEqualTypeOf<undefined>()
expectTypeOf(nullContext(1 as const)).toEqualTypeOf<ContextManager<1>>()
within(nullContext(Promise.resolve(1)), (value) => expectTypeOf(value).toEqualTypeOf<Promise<number>>())

// One manager or none, as the program needs it.
const optional: ContextManager<string | undefined> = Math.random() > 2 ? nullContext('a') : nullContext()
expectTypeOf(withinSync(optional, (value) => value)).toEqualTypeOf<string | undefined>()

ensure(() => {})
ensure(async ({ status }) => status)
expectTypeOf(
  within(
    ensure(() => true),
    () => 1,
  ),
).toEqualTypeOf<Promise<number>>()
// @ts-expect-error not a function
ensure('cleanup')

// The steps of a transaction share what `begin` gives, also by a promise.
const transaction = transactional({
  begin: () => new Connection().begin(),
  commit: (it) => it.commit(),
  rollback: (it, outcome) => console.log(it.id, outcome.status),
})
expectTypeOf(transaction).toEqualTypeOf<AsyncContextManager<Connection>>()
expectTypeOf(transactional({ begin: () => {}, commit: () => {}, rollback: () => {} })).toEqualTypeOf<
  AsyncContextManager<void>
>()
// @ts-expect-error `rollback` is missing
transactional({ begin: () => 1, commit: () => {} })

// What is shared is what its maker gives.
expectTypeOf(shared(() => connection)).toEqualTypeOf<Shared<Connection>>()
expectTypeOf(shared(() => connection, { idleTimeout: undefined })).toExtend<AsyncContextManager<Connection>>()
expectTypeOf(shared(() => Promise.resolve(connection))).toEqualTypeOf<Shared<Connection>>()
expectTypeOf(shared(contextManager(async function* () { yield 1 }))).toEqualTypeOf<Shared<number>>() // prettier-ignore
// @ts-expect-error the maker gives no manager
shared(() => 5)

// A slot takes any manager of the same value.
within(replaceable(connection), async (slot) => {
  expectTypeOf(slot.current).toEqualTypeOf<Connection>()
  await slot.exchange(connection)
  // @ts-expect-error another value
  await slot.exchange(nullContext('a'))
})
expectTypeOf(replaceable(connection)).toEqualTypeOf<AsyncContextManager<Slot<Connection>>>()
within(replaceable(connection), (slot) => slot.exchange(nullContext(new Connection())))
within(replaceable(connection), (slot) => slot.exchange(Promise.resolve(nullContext(new Connection()))))
// @ts-expect-error it may swallow a failure, and the slot would hide that
replaceable(suppress(TypeError))
within(replaceable(nullContext('a')), (slot) => slot.exchange(contextManager(function* () { yield 'b' })())) // prettier-ignore

expectTypeOf(withinSync(stopwatch('parse'), (watch) => watch.elapsed)).toEqualTypeOf<number>()
stopwatch(undefined, { report: (watch, outcome) => console.log(watch.label, outcome.status) })
