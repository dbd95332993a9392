import { Channel } from 'async-channel'
import { CancelScope, channel, Queue, within } from 'withal'
import type { Ending, Keeper, MemoryRow } from '../rows.ts'
import { waiters } from '../waiters.ts'

/** What somebody takes who waits for an item. */
export const queueWaiter: MemoryRow = {
  name: 'memory: somebody who waits for an item',
  keepers: () => [byHand, withal, inScope, ofChannel, asyncChannel],
}

/** Those who wait, in a list: handing over an item is all that it can do. */
class ListQueue {
  #first: Node | undefined
  #last: Node | undefined

  get(): Promise<number> {
    return new Promise((resolve) => {
      const node: Node = { resolve, next: undefined }
      if (this.#last === undefined) this.#first = node
      else this.#last.next = node
      this.#last = node
    })
  }

  put(item: number): void {
    const first = this.#first
    this.#first = first?.next
    if (this.#first === undefined) this.#last = undefined
    first?.resolve(item)
  }
}

interface Node {
  readonly resolve: (item: number) => void
  next: Node | undefined
}

const byHand: Keeper = {
  name: 'list of waiters',
  role: 'limit',
  async keep(count) {
    const queue = new ListQueue()
    return await waiters(
      count,
      () => queue.get(),
      (item) => queue.put(item),
      1,
    )
  },
}

const withal: Keeper = {
  name: 'Queue',
  role: 'library',
  keep: async (count) => await getters(count),
}

const inScope: Keeper = {
  name: 'Queue, in a scope',
  role: 'library',
  keep: async (count) => (await within(new CancelScope(), () => getters(count)))!, // nobody cancels it
}

async function getters(count: number): Promise<Ending> {
  const queue = new Queue<number>()
  return await waiters(
    count,
    () => queue.get(),
    (item) => queue.tryPut(item),
    1,
  )
}

const ofChannel: Keeper = {
  name: 'channel',
  role: 'library',
  async keep(count) {
    const [sender, receiver] = channel<number>(1)
    return await waiters(
      count,
      () => receiver.receive(),
      (item) => sender.trySend(item),
      1,
    )
  },
}

const asyncChannel: Keeper = {
  name: 'async-channel',
  role: 'peer',
  async keep(count) {
    const queue = new Channel<number>(1)
    return await waiters(
      count,
      () => queue.get(),
      (item) => void queue.push(item).catch(() => {}),
      1,
    )
  },
}
