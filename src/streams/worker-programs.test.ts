/**
 * Random programs of producers and workers: tasks of a group, with sleeps, limits and cancellation at any microtask, that put and
 * work on items in every way there is. Each item that was put is worked on exactly once, or is still there. What order the tasks run
 * in is theirs; the models beside this test hold that. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { CancelScope, ClosedError, Queue, sleep, TaskGroup, TimeoutError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test } from 'vitest'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

const ways = ['get', 'iterate', 'items', 'item', 'tryGet', 'takeUpTo'] as const

/** Somebody who puts or works. */
interface Person {
  readonly pauses: readonly number[]
  /** When he is cancelled: after so many milliseconds, and so many microtasks more. */
  readonly cancelledAt: readonly [milliseconds: number, microtasks: number] | undefined
  /** Who puts can cancel a worker so many microtasks after he has put his first item. */
  readonly cancels: readonly [worker: number, microtasks: number] | undefined
  readonly way: (typeof ways)[number]
}

const microtasks = fc.nat(6)
const anyPerson: fc.Arbitrary<Person> = fc.record({
  pauses: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
  cancelledAt: fc.option(fc.tuple(fc.nat(6), microtasks), { nil: undefined }),
  cancels: fc.option(fc.tuple(fc.nat(3), microtasks), { nil: undefined }),
  way: fc.constantFrom(...ways),
})
const people = fc.array(anyPerson, { minLength: 1, maxLength: 4 })
const capacity = fc.constantFrom(0, 1, 2, Infinity)

/** What has become of the items. */
class Books {
  /** Those whose `put` has returned. */
  readonly put: number[] = []
  /** Those that somebody began to work on. */
  readonly begun: number[] = []
  made = 0
}

/** Runs somebody's work in his scope, which is cancelled at his time. */
async function asPerson({ cancelledAt }: Person, scope: CancelScope, work: () => Promise<void>): Promise<void> {
  await within(new TaskGroup(), async (group) => {
    if (cancelledAt !== undefined) {
      const cancel = async (): Promise<void> => {
        await sleep(cancelledAt[0])
        await cancelAfter(cancelledAt[1], scope)
      }
      group.spawn(cancel, { background: true })
    }
    await within(scope, work)
  })
}

async function cancelAfter(ticks: number, scope: CancelScope | undefined): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
  scope?.cancel()
}

/** Puts an item after each pause; one that there is no room for is given up. */
async function produce(
  { pauses, cancels }: Person,
  queue: Queue<number>,
  books: Books,
  workers: readonly CancelScope[],
): Promise<void> {
  for (const [number, pause] of pauses.entries()) {
    if (pause > 0) await sleep(pause)
    const item = books.made++
    const putting = queue.put(item, { timeout: 20 }).then(
      () => void books.put.push(item),
      (error: unknown) => error,
    )
    if (number === 0 && cancels !== undefined) await cancelAfter(cancels[1], workers[cancels[0]])
    const error = await putting
    if (error !== undefined && !(error instanceof TimeoutError)) throw error
  }
}

async function consume(person: Person, queue: Queue<number>, books: Books): Promise<void> {
  const pauses = [...person.pauses]
  const work = async (item: number): Promise<void> => {
    books.begun.push(item)
    const pause = pauses.shift() ?? 0
    if (pause > 0) await sleep(pause)
  }
  if (person.way === 'iterate') {
    for await (const item of queue) await within({ '~enter': () => item, '~exit': () => queue.done() }, work)
    return
  }
  if (person.way === 'items') {
    for await (using item of queue.items()) await work(item.value)
    return
  }
  for (;;) {
    if (person.way === 'item') await within(queue.item(), work)
    else await getAndWork(person, queue, work)
  }
}

async function getAndWork({ way }: Person, queue: Queue<number>, work: (item: number) => Promise<void>): Promise<void> {
  const items = way === 'get' ? [await queue.get()] : takeNow(way, queue)
  try {
    if (items.length === 0) await sleep(1)
    for (const item of items) await work(item).catch(() => {}) // the others are his, too
  } finally {
    queue.done(items.length)
  }
}

function takeNow(way: Person['way'], queue: Queue<number>): number[] {
  if (way === 'takeUpTo') return queue.takeUpTo(2)
  const got = queue.tryGet()
  return got === undefined ? [] : [got.value]
}

async function untilClosed(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error
  }
}

test(
  `QU-03 QU-06 QU-09 ${programs} random programs of producers and workers lose no item and work on none twice`,
  async () => {
    await fc.assert(
      fc.asyncProperty(capacity, people, people, async (size, producers, workers) => {
        const queue = new Queue<number>({ capacity: size })
        const books = new Books()
        const time = new TestClock({ autoAdvance: true })
        await within(time, new TaskGroup(), async (_clock, group) => {
          const scopes = workers.map(() => new CancelScope())
          for (const [number, worker] of workers.entries()) {
            const work = (): Promise<void> => untilClosed(() => consume(worker, queue, books))
            group.spawn(() => asPerson(worker, scopes[number]!, work)) // as many as workers
          }
          await within(new TaskGroup(), (producing) => {
            for (const one of producers)
              producing.spawn(() => asPerson(one, new CancelScope(), () => produce(one, queue, books, scopes)))
          })
          queue.shutdown()
        })
        const left = queue.size > 0 ? queue.takeAll() : []
        queue.done(left.length)
        expect([...books.begun, ...left].toSorted(byNumber)).toEqual(books.put.toSorted(byNumber))
        expect(queue.statistics()).toMatchObject({ size: 0, unfinished: 0, putting: 0, getting: 0 })
      }),
      { numRuns: programs },
    )
  },
  Math.max(20_000, programs * 40),
)

function byNumber(a: number, b: number): number {
  return a - b
}
