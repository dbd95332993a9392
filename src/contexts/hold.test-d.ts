import { expectTypeOf } from 'expect-type'
import { hold, holdSync, suppress, within } from 'withal'
import type { AsyncContextManager, ContextManager, Handle, SyncHandle } from 'withal'

class Connection {
  readonly url: string = ''
}
declare const connection: AsyncContextManager<Connection>
declare const lock: ContextManager<'lock'>
declare const file: Disposable & { readonly path: string }
declare const socket: AsyncDisposable & { readonly port: number }

expectTypeOf(hold(connection)).toEqualTypeOf<Promise<Handle<Connection>>>()
expectTypeOf(hold(lock)).toEqualTypeOf<Promise<Handle<'lock'>>>()
expectTypeOf(hold(Promise.resolve(connection))).toEqualTypeOf<Promise<Handle<Connection>>>()
expectTypeOf(hold(hold(connection))).toEqualTypeOf<Promise<Handle<Connection>>>()
expectTypeOf(hold(file)).resolves.toHaveProperty('value').toEqualTypeOf(file)
expectTypeOf(holdSync(lock)).toEqualTypeOf<SyncHandle<'lock'>>()
expectTypeOf(holdSync(file).value).toEqualTypeOf(file)

// A handle is for `using`, and a manager itself.
expectTypeOf<Handle<1>>().toExtend<AsyncDisposable>()
expectTypeOf<Handle<1>>().not.toExtend<PromiseLike<unknown>>()
expectTypeOf<SyncHandle<1>>().toExtend<Disposable>()
expectTypeOf<Handle<1>>().toExtend<AsyncContextManager<1, boolean>>()
expectTypeOf<SyncHandle<1>>().toExtend<ContextManager<1, boolean>>()

// Nobody knows any more whether what is held may swallow.
declare const handle: Handle<Connection>
expectTypeOf(within(handle, (value) => value.url)).toEqualTypeOf<Promise<string | undefined>>()

// What acts on a body has no native form.
// @ts-expect-error 'this manager acts on a body: use within(manager, body)'
hold(suppress(Error))
// @ts-expect-error 'this manager acts on a body: use within(manager, body)'
holdSync(suppress(Error))

// @ts-expect-error an asynchronous manager: use `hold`
holdSync(connection)
// @ts-expect-error an AsyncDisposable: use `hold`
holdSync(socket)
// @ts-expect-error a promise: use `hold`
holdSync(Promise.resolve(lock))
// @ts-expect-error no manager
hold(42)
// @ts-expect-error no manager
hold({})
// @ts-expect-error what exit is told cannot be a status of one's own
handle['~exitAsync']({ status: 'done' })
