/** UT-20: listeners that are removed when their block ends. */
import { EventEmitter } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { listening, UsageError, within, withinSync } from 'withal'
import type { ContextManager } from 'withal'
import { describe, expect, test } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

interface Source {
  listening(listener: (given: unknown) => void): ContextManager<undefined>
  tell(given: unknown): void
}

const sources: [string, () => Source][] = [
  [
    'EventTarget',
    () => {
      const target = new EventTarget()
      return {
        listening: (listener) => listening(target, 'tick', (event: CustomEvent) => listener(event.detail)),
        tell: (detail) => target.dispatchEvent(new CustomEvent('tick', { detail })),
      }
    },
  ],
  [
    'EventEmitter',
    () => {
      const emitter = new EventEmitter()
      return {
        listening: (listener) => listening(emitter, 'tick', listener),
        tell: (given) => emitter.emit('tick', given),
      }
    },
  ],
]

describe.each(sources)('UT-20 listening to an %s', (_, make) => {
  test('hears what happens while the body runs, and nothing before or after', async () => {
    const source = make()
    const heard: unknown[] = []
    const manager = source.listening((given) => heard.push(given))
    source.tell('before')
    await within(manager, async () => {
      source.tell('first')
      await settled()
      source.tell('second')
    })
    source.tell('after')
    expect(heard).toEqual(['first', 'second'])
  })

  test('ends also when the body fails', async () => {
    const source = make()
    const heard: unknown[] = []
    const error = new Error('body')
    expect(
      await thrownBy(() =>
        within(
          source.listening((given) => heard.push(given)),
          throwing(error),
        ),
      ),
    ).toBe(error)
    source.tell('after')
    expect(heard).toEqual([])
  })

  test('entered twice, hears everything twice, until each has ended', () => {
    const source = make()
    const heard: unknown[] = []
    const manager = source.listening((given) => heard.push(given))
    withinSync(manager, () => {
      withinSync(manager, () => source.tell('both'))
      source.tell('one')
    })
    source.tell('none')
    expect(heard).toEqual(['both', 'both', 'one'])
  })

  test('leaves the listeners of others alone', () => {
    const source = make()
    const heard: unknown[] = []
    const listener = (given: unknown): unknown => heard.push(given)
    withinSync(source.listening(listener), () => {
      withinSync(source.listening(listener), () => {})
      source.tell('outer')
    })
    expect(heard).toEqual(['outer'])
  })
})

test('UT-20 an emitter’s listener gets all that is emitted', () => {
  const emitter = new EventEmitter<{ tick: [number, string] }>()
  const heard: unknown[] = []
  const event = Symbol('tick')
  withinSync(
    listening(emitter, 'tick', (count: number, unit: string) => heard.push(count, unit)),
    listening(emitter as EventEmitter, event, () => heard.push(event)),
    () => {
      emitter.emit('tick', 2, 's')
      ;(emitter as EventEmitter).emit(event)
    },
  )
  expect(heard).toEqual([2, 's', event])
  expect([emitter.listenerCount('tick'), (emitter as EventEmitter).listenerCount(event)]).toEqual([0, 0])
})

test('UT-20 of what is both an EventTarget and an emitter, the event is given', () => {
  const { port1 } = new MessageChannel()
  const heard: unknown[] = []
  withinSync(
    listening(port1, 'tick', (event: Event) => heard.push(event.type)),
    () => {
      ;(port1 as unknown as EventTarget).dispatchEvent(new Event('tick'))
    },
  )
  port1.close()
  expect(heard).toEqual(['tick'])
})

test('UT-20 an abort is heard by listening to the signal', () => {
  const controller = new AbortController()
  const heard: string[] = []
  withinSync(
    listening(controller.signal, 'abort', ({ type }) => heard.push(type)),
    () => controller.abort(),
  )
  expect(heard).toEqual(['abort'])
})

test.each([null, {}, 5, { on() {} }, { addEventListener: 1, removeEventListener: 2 }])(
  'UT-20 %o is refused: it has no events',
  (target) => {
    expect(thrownAtOnceBy(() => listening(target as unknown as EventTarget, 'tick', () => {}))).toBeInstanceOf(
      UsageError,
    )
  },
)
