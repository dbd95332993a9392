import { expectTypeOf } from 'expect-type'
import { broadcast, channel, Deferred, within } from 'withal'
import type { Broadcast, ContextManager, ItemIterator, Receiver, Sender, Subscription } from 'withal'

// The two sides of a channel carry the same type, and each does only its part.
const [sender, receiver] = channel<number>(4, { overflow: 'error', name: 'lines' })
expectTypeOf(sender).toEqualTypeOf<Sender<number>>()
expectTypeOf(receiver).toEqualTypeOf<Receiver<number>>()
expectTypeOf(sender.send(1)).toEqualTypeOf<Promise<void>>()
expectTypeOf(sender.trySend(1)).toEqualTypeOf<boolean>()
expectTypeOf(receiver.receive({ timeout: 10 })).toEqualTypeOf<Promise<number>>()
expectTypeOf(receiver.tryReceive()).toEqualTypeOf<{ readonly value: number } | undefined>()
expectTypeOf(receiver[Symbol.asyncIterator]()).toEqualTypeOf<ItemIterator<number>>()
expectTypeOf(sender.clone()).toEqualTypeOf<Sender<number>>()
expectTypeOf(receiver.clone()).toEqualTypeOf<Receiver<number>>()
expectTypeOf<Sender<number>>().toExtend<Disposable & AsyncDisposable>()
expectTypeOf<Receiver<number>>().toExtend<Disposable & AsyncDisposable>()
expectTypeOf(within(receiver, (own) => own.receive())).toEqualTypeOf<Promise<number>>()

// @ts-expect-error not the type of the items
sender.send('one')
// @ts-expect-error a sender does not receive
sender.receive()
// @ts-expect-error a receiver does not send
receiver.send(1)
// @ts-expect-error the capacity is a number of its own
channel({ capacity: 4 })
// @ts-expect-error sides are made by `channel` and `clone`; only their types are exported
void new Sender()

// A broadcast is subscribed to at once, or by a manager.
const topic = broadcast<number>({ capacity: 16 })
expectTypeOf(topic).toEqualTypeOf<Broadcast<number>>()
expectTypeOf(topic.publish(1)).toEqualTypeOf<Promise<void>>()
expectTypeOf(topic.subscribe({ capacity: 1, overflow: 'dropOldest' })).toEqualTypeOf<Subscription<number>>()
expectTypeOf(topic.subscription()).toEqualTypeOf<ContextManager<Subscription<number>>>()
expectTypeOf(topic.subscribe().receive()).toEqualTypeOf<Promise<number>>()
expectTypeOf<Subscription<number>>().toExtend<Disposable & AsyncDisposable & AsyncIterable<number>>()

// A deferred value is waited for; it is not thenable.
const deferred = new Deferred<string>()
expectTypeOf(deferred.resolve('value')).toEqualTypeOf<boolean>()
expectTypeOf(deferred.wait()).toEqualTypeOf<Promise<string>>()
expectTypeOf(deferred).not.toExtend<PromiseLike<unknown>>()
expectTypeOf(new Deferred<void>().resolve()).toEqualTypeOf<boolean>()
// @ts-expect-error the value is missing
deferred.resolve()
