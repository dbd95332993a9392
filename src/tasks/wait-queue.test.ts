/** A queue with ranks, against a list that is sorted anew each time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Waiter, WaitQueue } from './wait-queue.ts'

class Ranked extends Waiter<void> {
  readonly rank: number
  readonly id: number
  constructor(rank: number, id: number) {
    super()
    this.rank = rank
    this.id = id
  }
}

const command = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), rank: fc.constantFrom(-Infinity, -1, 0, 1, 2.5, Infinity) }),
  fc.record({ kind: fc.constant('leave' as const), index: fc.nat() }),
  fc.record({ kind: fc.constant('serve' as const) }),
)

test('PL-16 who has a higher rank stands before the others, and equals as they came, whoever leaves', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
      const queue = new WaitQueue<Ranked>(
        { waiterLeft() {}, timeoutError: () => new Error('late') },
        ({ rank }) => rank,
      )
      let model: Ranked[] = []
      let made = 0
      for (const step of commands) {
        if (step.kind === 'join') {
          const waiter = new Ranked(step.rank, made++)
          queue.waitShielded<void>(waiter).catch(() => {})
          model = [...model, waiter].toSorted((a, b) => (a.rank === b.rank ? a.id - b.id : a.rank < b.rank ? 1 : -1))
        } else if (model.length > 0) {
          const gone = step.kind === 'serve' ? model[0]! : model[step.index % model.length]! // there is one
          if (step.kind === 'serve') queue.first?.serve()
          else gone.interrupt('it left')
          model = model.filter((other) => other !== gone)
        }
        expect(Array.from(queue, ({ id }) => id)).toEqual(model.map(({ id }) => id))
        expect(queue.size).toBe(model.length)
      }
    }),
  )
})
