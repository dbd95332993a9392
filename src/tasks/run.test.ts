import { afterEach, describe, expect, test } from 'vitest'
import {
  Cancelled,
  ExitTimeoutError,
  MisnestingError,
  onLateError,
  othersOf,
  QuitError,
  UsageError,
} from '../errors/index.ts'
import { within } from '../contexts/index.ts'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { CancelScope, currentScope, quit, run, sleep, TaskGroup, timeout } from './index.ts'

const late: [error: unknown, name: string | undefined][] = []
onLateError((error, { name }) => {
  late.push([error, name])
  return 'handled'
})
afterEach(() => expect(late.splice(0), 'late errors').toEqual([]))

/** What a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => expect.fail(`it gave ${String(value)}`),
    (error: unknown) => error,
  )
}

const forever = (): Promise<void> => sleep(Infinity)

describe('run', () => {
  test('RUN-01: gives what the function gives', async () => {
    expect(await run(async () => 7)).toBe(7)
    expect(await run(() => 'at once')).toBe('at once')
  })

  test.for([new Error('failed'), undefined, 'text'])(
    'RUN-01: rejects with the very thing thrown: %s',
    async (thrown) => {
      expect(await failure(run(() => Promise.reject(thrown as Error)))).toBe(thrown)
      expect(
        await failure(
          run(() => {
            throw thrown
          }),
        ),
      ).toBe(thrown)
    },
  )

  test('RUN-01: the function runs in a scope of its own', async () => {
    const outside = currentScope().signal
    await run(() => expect(currentScope().signal).not.toBe(outside))
    expect(outside.aborted).toBe(false)
  })

  test('RUN-02: children that still run when the function ends are cancelled and waited for', async () => {
    const log: string[] = []
    const result = await run(async (group) => {
      group.spawn(async () => {
        try {
          await forever()
        } catch (error) {
          log.push(String((error as Cancelled).reason))
          throw error
        } finally {
          await settled()
          log.push('cleaned up')
        }
      })
      await settled()
      return 'result'
    })
    expect([result, ...log]).toEqual(['result', 'the main function has ended', 'cleaned up'])
  })

  test('RUN-02: they are, too, when the function fails', async () => {
    const log: string[] = []
    const error = new Error('failed')
    const work = run(async (group) => {
      group.spawn(() => forever().finally(() => log.push('stopped')))
      await settled()
      throw error
    })
    expect(await failure(work)).toBe(error)
    expect(log).toEqual(['stopped'])
  })

  test('a child that fails cancels the function, and its error is thrown bare', async () => {
    const error = new Error('child')
    const log: unknown[] = []
    const work = run(async (group) => {
      group.spawn(() => Promise.reject(error), { name: 'loader' })
      await forever().catch((cancelled: Cancelled) => {
        log.push(cancelled.source, cancelled.task, cancelled.reason)
        throw cancelled
      })
    })
    expect(await failure(work)).toBe(error)
    expect(log).toEqual(['sibling', 'loader', error])
  })

  test('a child that fails is thrown also when the function then gives a value', async () => {
    const error = new Error('child')
    const work = run(async (group) => {
      group.spawn(() => Promise.reject(error))
      await forever().catch(() => {})
      return 'value'
    })
    expect(await failure(work)).toBe(error)
  })

  test('RUN-03: what fails only while it is cancelled goes to the hook with its name; the value stands', async () => {
    const error = new Error('cleanup')
    const result = await run(async (group) => {
      group.spawn(
        () =>
          forever().finally(() => {
            throw error
          }),
        { name: 'keeper' },
      )
      await settled()
      return 'value'
    })
    expect(result).toBe('value')
    expect(late.splice(0)).toEqual([[error, 'keeper']])
  })

  test('RUN-04: when the function fails and cleanup, too, its error is thrown and the others are attached', async () => {
    const first = new Error('main')
    const second = new Error('cleanup')
    const work = run(async (group) => {
      group.spawn(() =>
        forever().finally(() => {
          throw second
        }),
      )
      await settled()
      throw first
    })
    expect(await failure(work)).toBe(first)
    expect(othersOf(first)).toEqual([second])
  })

  test.for([undefined, 7, Promise.resolve()])('RUN-05: what is no function is refused: %s', async (given) => {
    const error = await failure(run(given as never))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('async (group) =>')
  })

  test('RUN-05: an option that makes no sense is refused, and nothing is run', async () => {
    let called = false
    const fn = (): void => void (called = true)
    await run(async () => {
      expect(await failure(run(fn, { grace: NaN }))).toBeInstanceOf(UsageError)
      expect(await failure(run(fn, { signal: 'now' as never }))).toBeInstanceOf(UsageError)
    })
    expect(called).toBe(false)
  })

  test('RUN-06: inside another one it is a scope in that one', async () => {
    const error = new Error('outer child')
    const log: string[] = []
    const work = run(async (outer) => {
      outer.spawn(async () => {
        await settled()
        throw error
      })
      await run(() => forever().finally(() => log.push('inner stopped')))
    })
    expect(await failure(work)).toBe(error)
    expect(log).toEqual(['inner stopped'])
  })

  test('RUN-06: a cancellation from around passes through it', async () => {
    const scope = new CancelScope()
    await within(scope, async () => {
      scope.cancel('enough')
      expect(await failure(run(forever))).toBeInstanceOf(Cancelled)
    })
    expect(await failure(Promise.resolve(within(timeout(0), () => run(forever))))).toMatchObject({
      name: 'TimeoutError',
    })
  })

  test('RUN-12: a cancellation that the function throws itself is its result', async () => {
    const own = new Cancelled('by hand')
    expect(await failure(run(() => Promise.reject(own)))).toBe(own)
  })

  test('its signal cancels it, and the reason of that is thrown when all has ended', async () => {
    const controller = new AbortController()
    const log: string[] = []
    const work = run(
      (group) => {
        group.spawn(() => forever().finally(() => log.push('child')))
        return forever().finally(() => log.push('main'))
      },
      { signal: controller.signal },
    )
    await settled()
    controller.abort('no more')
    expect(await failure(work)).toBe('no more')
    expect(log.toSorted()).toEqual(['child', 'main'])
    expect(await failure(run(forever, { signal: AbortSignal.abort('before') }))).toBe('before')
  })

  test('RUN-19: a scope that is still open at the end is cancelled and reported', async () => {
    let signal: AbortSignal | undefined
    await run(() => {
      const left = new CancelScope()
      left['~enter']()
      signal = left.signal
    })
    expect(signal?.aborted).toBe(true)
    expect(late.splice(0)[0]?.[0]).toBeInstanceOf(MisnestingError)
  })
})

describe('the grace of run', () => {
  test('counts from the end of the function; what takes longer is named and left behind', async () => {
    const clock = new HandClock()
    const stuck = Promise.withResolvers<never>()
    const work = clock.run(() =>
      failure(
        run(
          async (group) => {
            group.spawn(() => stuck.promise, { name: 'stuck' })
            await sleep(1000)
          },
          { grace: 50 },
        ),
      ),
    )
    await clock.turn(1049)
    let isOver = false
    const watch = work.then(() => (isOver = true))
    await settled()
    expect(isOver).toBe(false)
    await clock.turn(1)
    const error = await work
    await watch
    expect(error).toBeInstanceOf(ExitTimeoutError)
    expect(String(error)).toContain('the task "stuck"')
    const afterwards = new Error('afterwards')
    stuck.reject(afterwards)
    await settled()
    expect(late.splice(0)).toEqual([[afterwards, 'stuck']])
  })

  test('counts from a cancellation, and names the main function and tasks in background groups', async () => {
    const clock = new HandClock()
    const controller = new AbortController()
    const never = Promise.withResolvers<void>()
    const work = clock.run(() =>
      failure(
        run(
          () =>
            within(new TaskGroup({ background: true }), async (group) => {
              group.spawn(
                () => within(new TaskGroup(), (inner) => void inner.spawn(() => never.promise, { name: 'request' })),
                {
                  name: 'server',
                },
              )
              await never.promise
            }),
          { grace: 50, signal: controller.signal },
        ),
      ),
    )
    await settled()
    controller.abort('stop')
    await clock.turn(50)
    const error = String(await work)
    expect(error).toContain('the main function')
    expect(error).toContain('the task "server › request"')
    never.resolve()
    await settled()
  })

  test('is over when all has ended, with no timer left', async () => {
    const clock = new HandClock()
    expect(await clock.run(() => run(() => 'value', { grace: 50 }))).toBe('value')
    expect(clock.timers).toBe(0)
  })
})

describe('quit', () => {
  test('RUN-10: from deep inside, it ends the program, which cleans up and rejects with the code', async () => {
    const log: string[] = []
    const error = await failure(
      run(async (group) => {
        group.spawn(() => forever().finally(() => log.push('child')))
        await within(new TaskGroup(), async (inner) => {
          inner.spawn(async () =>
            within(new TaskGroup(), (deepest) => void deepest.spawn(() => quit(3, 'no such file'))),
          )
          await forever().finally(() => log.push('body'))
        })
      }),
    )
    expect(error).toBeInstanceOf(QuitError)
    expect(error).toMatchObject({ code: 'WITHAL_QUIT', exitCode: 3, message: 'no such file' })
    expect(log.toSorted()).toEqual(['body', 'child'])
  })

  test('RUN-10: passes a background group, a shield and a handler of errors', async () => {
    const inBackground = run(() =>
      within(new TaskGroup({ background: true }), async (group) => {
        group.spawn(() => quit(4))
        await forever()
      }),
    )
    expect(await failure(inBackground)).toMatchObject({ exitCode: 4 })
    const inCleanup = run(() => within({ '~enterAsync': () => {}, '~exitAsync': () => quit(5) }, () => 'value'))
    expect(await failure(inCleanup)).toMatchObject({ exitCode: 5 })
    const caught = run(async () => {
      try {
        quit(6)
      } catch {
        await forever()
      }
    })
    expect(await failure(caught)).toMatchObject({ exitCode: 6 })
  })

  test('the first one counts, and what fails in the cleanup is attached', async () => {
    const cleanup = new Error('cleanup')
    const error = await failure(
      run(async () => {
        try {
          quit(1)
        } finally {
          try {
            quit(2)
          } catch {}
          // oxlint-disable-next-line no-unsafe-finally -- this is what is tested
          throw cleanup
        }
      }),
    )
    expect(error).toMatchObject({ exitCode: 1 })
    expect(othersOf(error)).toEqual([cleanup])
  })

  test('ends the nearest program; its error ends the next one bare, also out of a group', async () => {
    expect(await run(() => run(() => quit(2)).catch((error: QuitError) => error.exitCode))).toBe(2)
    const outer = run(() => within(new TaskGroup(), (group) => void group.spawn(() => run(() => quit(2)))))
    expect(await failure(outer)).toMatchObject({ code: 'WITHAL_QUIT', exitCode: 2 })
  })

  test('outside of a program, and with another code, it is a mistake', async () => {
    expect(() => quit()).toThrow(expect.objectContaining({ code: 'WITHAL_NOT_RUNNING' }))
    for (const code of [-1, 256, 1.5, '1' as never])
      expect(await failure(run(() => quit(code)))).toBeInstanceOf(UsageError)
    expect(await failure(run(() => quit(1, 2 as never)))).toBeInstanceOf(UsageError)
  })
})
