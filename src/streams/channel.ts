/** A channel: items from those who have a sender to those who have a receiver. */
import { watchOpen } from '../observe.ts'
import { boundsOf } from './buffer-options.ts'
import type { Overflow } from './buffer-options.ts'
import { ChannelCore } from './channel-core.ts'
import { Receiver } from './receiver.ts'
import { Sender } from './sender.ts'

/** What {@link channel} takes. */
export interface ChannelOptions {
  /** What sending does when it is full. Default: `'wait'`. */
  readonly overflow?: Overflow | undefined
  /** Stands in messages. */
  readonly name?: string | undefined
}

/**
 * Makes the two sides of a channel. Each can be cloned, for several who send or receive, and each clone is to be closed: it is
 * `Disposable`. When the last sender has been closed, receivers get what is left, and iterating ends; when the last receiver has
 * been closed, sending fails with a `BrokenError`. Each item goes to one receiver.
 *
 * @param capacity  How many items it holds. `0`: none, so sender and receiver meet. `Infinity`: sending never waits. Default: 0.
 * @throws UsageError  A number or an option makes no sense.
 * @example
 * const [sender, receiver] = channel<string>()
 * await within(new TaskGroup(), async (group) => {
 *   group.spawn(() => within(sender, async () => {
 *     for (const line of ['a', 'b']) await sender.send(line)
 *   }))
 *   return await within(receiver, async () => {
 *     const lines: string[] = []
 *     for await (const line of receiver) lines.push(line)
 *     return lines
 *   })
 * }) // => ['a', 'b']
 */
export function channel<T>(capacity = 0, options: ChannelOptions = {}): [sender: Sender<T>, receiver: Receiver<T>] {
  const core = new ChannelCore<T>(boundsOf('channel', { ...options, capacity }, 0))
  const { name } = core.exchange
  return [
    new Sender(
      core,
      watchOpen(() => `a sender of ${name}`, channel),
    ),
    new Receiver(
      core,
      watchOpen(() => `a receiver of ${name}`, channel),
    ),
  ]
}
