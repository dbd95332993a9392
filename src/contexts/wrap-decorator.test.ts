/** DEC-10: `@wrap(…)`, the platform's own decorators. */
import { contextManager, wrap } from 'withal'
import { expect, test } from 'vitest'
import { asyncManager } from '../../test/scripted-managers.ts'
import { thrownAtOnceBy } from '../../test/thrown.ts'

const events: string[] = []
const logged = contextManager(function* () {
  events.push('enter')
  try {
    yield
  } finally {
    events.push('exit')
  }
})

class Orders {
  readonly #name = 'orders'
  static all = 'all'

  @wrap(logged)
  find(id: number): string {
    return `${this.#name} ${id}`
  }

  @wrap(logged)
  async load(id: number): Promise<string> {
    await Promise.resolve()
    events.push('loaded')
    return `${this.#name} ${id}`
  }

  @wrap(() => asyncManager({ enter: () => events.push('enter'), exit: () => void events.push('exit') }))
  async save(): Promise<string> {
    return this.#name
  }

  @wrap(logged)
  static list(): string {
    return this.all
  }

  @wrap(logged)
  get count(): number {
    return this.#name.length
  }

  @wrap(logged)
  *names(): Generator<string> {
    yield this.#name
  }

  @wrap(logged)
  arrow = (id: number): string => `${this.#name} ${id}`
}

const uses: [string, (orders: Orders) => unknown, unknown][] = [
  ['a method', (orders) => orders.find(1), 'orders 1'],
  ['an async method', (orders) => orders.load(1), 'orders 1'],
  ['an async method, by an async manager', (orders) => orders.save(), 'orders'],
  ['a static method', () => Orders.list(), 'all'],
  ['a getter', (orders) => orders.count, 6],
  ['a generator method', (orders) => [...orders.names()], ['orders']],
  ['a field that holds a function', (orders) => orders.arrow(1), 'orders 1'],
]

test.each(uses)('DEC-10 %s runs inside the manager, with its own `this`', async (_, use, result) => {
  events.length = 0
  expect(await use(new Orders())).toEqual(result)
  expect(events.filter((event) => event !== 'loaded')).toEqual(['enter', 'exit'])
})

test('DEC-06 DEC-10 an async method ends before the exit', async () => {
  events.length = 0
  await new Orders().load(1)
  expect(events).toEqual(['enter', 'loaded', 'exit'])
})

test('DEC-11 a decorated method keeps its name and length', () => {
  expect([Orders.prototype.find.name, Orders.prototype.find.length]).toEqual(['find', 1])
})

test('DEC-10 decorators stand in any order with others', () => {
  const shout = (method: (this: Shop) => string) =>
    function (this: Shop): string {
      return method.call(this).toUpperCase()
    }
  class Shop {
    @shout
    @wrap(logged)
    name(): string {
      return 'shop'
    }
  }
  expect(new Shop().name()).toBe('SHOP')
})

test.each(['class', 'setter', 'accessor'])('DEC-10 at a %s it is refused, and says where it belongs', (kind) => {
  const decorate = wrap(logged) as unknown as (member: unknown, context: { kind: string }) => unknown
  const error = thrownAtOnceBy(() => decorate(() => {}, { kind }))
  expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
  expect((error as Error).message).toBe(
    `\`@wrap\` stands at a ${kind}. It decorates methods, getters, and fields that hold functions.`,
  )
})

test('DEC-10 a field that holds no function is refused when an object is made', () => {
  const decorate = wrap(logged) as unknown as (member: undefined, context: object) => (initial: unknown) => unknown
  const initialise = decorate(undefined, { kind: 'field' })
  expect(thrownAtOnceBy(() => initialise(42))).toMatchObject({ message: '`wrap` got 42. Give the function to wrap.' })
})
