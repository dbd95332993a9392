import {
  AsyncComposedManager,
  AsyncContextManagerBase,
  ComposedManager,
  contextManager,
  ContextManagerBase,
  nullContext,
  stopwatch,
  suppress,
  within,
  withinSync,
} from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test } from 'vitest'
import { boundTo, TestBinding } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('the base classes', () => {
  test('CM-01 give the manager itself', () => {
    class Manager extends ContextManagerBase {
      '~exit'(): void {}
    }
    const manager = new Manager()
    expect(withinSync(manager, (value) => value)).toBe(manager)
  })

  test('ACM-02 give the manager itself, asynchronously', async () => {
    class Manager extends AsyncContextManagerBase {
      async '~exitAsync'(): Promise<void> {}
    }
    const manager = new Manager()
    expect(await within(manager, (value) => value)).toBe(manager)
  })

  test('CM-02 leave exit to be written: without it entering says what is missing', () => {
    class Manager extends (ContextManagerBase as unknown as new () => Disposable) {}
    expect(() => withinSync(new Manager(), () => {})).toThrow("of class Manager, which has no method '~exit'")
  })
})

describe('a manager that can be entered again', () => {
  class Depth {
    readonly #saved: number[] = []
    depth = 0
    '~enter'(): number {
      this.#saved.push(this.depth)
      return ++this.depth
    }
    '~exit'(): void {
      this.depth = this.#saved.pop() ?? 0
    }
  }

  test.each([
    ['a class of the user', new Depth(), [1, 2, 1]],
    ['nullContext', nullContext('value'), ['value', 'value', 'value']],
    ['suppress', suppress(), [undefined, undefined, undefined]],
  ])('CM-22 %s keeps its state per entry', (_, manager, values) => {
    const seen: unknown[] = []
    withinSync(manager, (outer) => {
      seen.push(outer)
      withinSync(manager, (inner) => seen.push(inner))
    })
    withinSync(manager, (again) => seen.push(again))
    expect(seen).toEqual(values)
  })

  test('CM-22 a stopwatch begins again at each entry', () => {
    const watch = stopwatch()
    withinSync(watch, () => {})
    expect(withinSync(watch, ({ elapsed }) => elapsed >= 0)).toBe(true)
  })
})

const log: string[] = []

class Service extends ComposedManager<Service> {
  *compose() {
    const name = yield* within(nullContext('db'))
    log.push(`open ${name}`)
    try {
      yield this
    } finally {
      log.push(`close ${name}`)
    }
  }
}

class Audited extends Service {
  override *compose() {
    log.push('audit')
    yield* super.compose()
    log.push('audited')
  }
}

class AsyncService extends AsyncComposedManager<AsyncService> {
  async *compose() {
    const name = yield* within({ '~enterAsync': async () => 'db', '~exitAsync': async () => {} })
    log.push(`open ${name}`)
    yield this
    log.push(`close ${name}`)
  }
}

class AsyncAudited extends AsyncService {
  override async *compose() {
    log.push('audit')
    yield* super.compose()
    log.push('audited')
  }
}

describe('a class that composes its manager', () => {
  test('CM-23 is entered by its generator', async () => {
    log.length = 0
    const service = new Service()
    expect(withinSync(service, (value) => value)).toBe(service)
    await within(new AsyncService(), () => log.push('body'))
    expect(log).toEqual(['open db', 'close db', 'open db', 'body', 'close db'])
  })

  test('CM-23 is extended by wrapping what the class above composes', async () => {
    log.length = 0
    withinSync(new Audited(), () => log.push('body'))
    await within(new AsyncAudited(), () => log.push('body'))
    const once = ['audit', 'open db', 'body', 'close db', 'audited']
    expect(log).toEqual([...once, ...once])
  })

  test('CM-23 may give another manager', async () => {
    class Given extends ComposedManager<string> {
      compose() {
        return nullContext('given')
      }
    }
    class AsyncGiven extends AsyncComposedManager<string> {
      compose() {
        return nullContext('given')
      }
    }
    expect(withinSync(new Given(), (value) => value)).toBe('given')
    expect(await within(new AsyncGiven(), (value) => value)).toBe('given')
  })

  test('CM-23 is told the outcome, and may swallow', async () => {
    const told: Outcome[] = []
    class Swallowing extends AsyncComposedManager<string, true> {
      compose() {
        return {
          '~enterAsync': () => 'value',
          '~exitAsync': (outcome: Outcome) => (told.push(outcome), true as const),
        }
      }
    }
    const body = (): never => {
      throw new Error('body')
    }
    expect(await within(new Swallowing(), body)).toBeUndefined()
    expect(told).toEqual([{ status: 'failed', error: new Error('body') }])
  })

  test('CM-22 can be entered in itself and again; each time composes anew', () => {
    log.length = 0
    const service = new Service()
    withinSync(service, service, () => log.push('body'))
    withinSync(service, () => log.push('again'))
    expect(log.filter((line) => line.startsWith('open'))).toHaveLength(3)
    expect(log.filter((line) => line.startsWith('close'))).toHaveLength(3)
  })

  test('CM-23 covers the body with what it has entered', () => {
    const key = {}
    class Covering extends ComposedManager<string> {
      *compose() {
        yield* within(new TestBinding(key, 'bound'))
        yield 'value'
      }
    }
    expect(withinSync(new Covering(), () => boundTo(key))).toBe('bound')
    expect(boundTo(key)).toBeUndefined()
  })

  const opened = contextManager(function* () {
    yield 'value'
  })
  test.each([
    ['itself', (self: object) => self, /gave the object itself, which would enter itself for ever/],
    ['nothing', () => undefined, /gave undefined. Write it as a generator that yields once, or give a manager/],
    ['a function that makes managers', () => opened, /gave the function .*or give a manager/],
    ['no manager', () => ({}), /`compose` of Misfit got an object, which is not a context manager/],
    ['a promise', () => Promise.resolve(nullContext()), /`compose` of Misfit/],
  ])('CM-23 whose method gives %s is refused', async (_, compose, text) => {
    class Misfit extends ComposedManager<unknown> {
      compose() {
        return compose(this) as never
      }
    }
    class AsyncMisfit extends AsyncComposedManager<unknown> {
      compose() {
        return compose(this) as never
      }
    }
    const error = await thrownBy(() => withinSync(new Misfit(), () => {}))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringMatching(text) as string })
    expect(await thrownBy(() => within(new AsyncMisfit(), () => {}))).toBeInstanceOf(TypeError)
  })

  test('CM-23 whose asynchronous generator should be synchronous is refused', async () => {
    class Misfit extends ComposedManager<unknown> {
      compose() {
        return new AsyncService().compose() as never
      }
    }
    expect(await thrownBy(() => withinSync(new Misfit(), () => {}))).toMatchObject({ name: 'UsageError' })
  })

  test('CM-21 that is exited before it was entered says so', async () => {
    const error = { name: 'StateError', code: 'WITHAL_NOT_ENTERED' }
    expect(await thrownBy(() => new Service()['~exit']({ status: 'completed' }))).toMatchObject(error)
    expect(await thrownBy(() => new AsyncService()['~exitAsync']({ status: 'completed' }))).toMatchObject({
      message: 'AsyncService was exited before it was entered.',
    })
  })
})
