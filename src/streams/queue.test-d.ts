import { expectTypeOf } from 'expect-type'
import { hold, LifoQueue, PriorityQueue, Queue, within } from 'withal'
import type { AsyncContextManager, Handle, ItemIterator, QueueItem } from 'withal'

interface Job {
  readonly due: number
}
declare const job: Job

const queue = new Queue<Job>({ capacity: 4, overflow: 'dropOldest', name: 'jobs' })
expectTypeOf(queue.put(job)).toEqualTypeOf<Promise<void>>()
expectTypeOf(queue.put(job, { timeout: 10, signal: undefined })).toEqualTypeOf<Promise<void>>()
expectTypeOf(queue.tryPut(job)).toEqualTypeOf<boolean>()
expectTypeOf(queue.get()).toEqualTypeOf<Promise<Job>>()
expectTypeOf(queue.tryGet()).toEqualTypeOf<{ readonly value: Job } | undefined>()
expectTypeOf(queue.peek()).toEqualTypeOf<{ readonly value: Job } | undefined>()
expectTypeOf(queue.takeAll()).toEqualTypeOf<Job[]>()
expectTypeOf(queue[Symbol.asyncIterator]()).toEqualTypeOf<ItemIterator<Job>>()
expectTypeOf(queue.items()).toEqualTypeOf<ItemIterator<QueueItem<Job>>>()

// An item is a manager of its value, and can be held.
expectTypeOf(queue.item()).toEqualTypeOf<AsyncContextManager<Job>>()
expectTypeOf(within(queue.item(), ({ due }) => due)).toEqualTypeOf<Promise<number>>()
expectTypeOf(hold(queue.item())).toEqualTypeOf<Promise<Handle<Job>>>()

// Promises in a queue are awaited by `get`, and are what they are for who does not wait.
const promises = new Queue<Promise<Job>>()
expectTypeOf(promises.get()).toEqualTypeOf<Promise<Job>>()
expectTypeOf(promises.tryGet()).toEqualTypeOf<{ readonly value: Promise<Job> } | undefined>()

// The other kinds are queues; what ranks the items tells what they are.
expectTypeOf(new LifoQueue<Job>()).toExtend<Queue<Job>>()
expectTypeOf(new PriorityQueue({ key: (item: Job) => item.due })).toEqualTypeOf<PriorityQueue<Job>>()
expectTypeOf(new PriorityQueue({ compare: (a: Job, b: Job) => a.due - b.due })).toEqualTypeOf<PriorityQueue<Job>>()
expectTypeOf(new PriorityQueue<Job>({ key: ({ due }) => due, capacity: 3 })).toExtend<Queue<Job>>()

// @ts-expect-error a priority queue needs something to rank by
void new PriorityQueue<Job>({})
// @ts-expect-error and only one thing
void new PriorityQueue<Job>({ key: ({ due }) => due, compare: () => 0 })
// @ts-expect-error a rank can be compared with `<`
void new PriorityQueue<Job>({ key: (item) => item })
// @ts-expect-error not the type of the items
queue.put('job')
// @ts-expect-error an unknown strategy
void new Queue<Job>({ overflow: 'block' })
// @ts-expect-error what is tried does not wait
queue.tryGet({ timeout: 10 })
