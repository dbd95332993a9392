import { afterEach, describe, expect, test } from 'vitest'
import { hold, holdSync, within } from '../contexts/index.ts'
import { settled } from '../../test/hand-clock.ts'
import { bundledSources, SpawnedProgram } from '../../test/spawned-program.ts'
import { Cancelled, UsageError } from '../errors/index.ts'
import { CancelScope, moveOnAfter, signals, TaskGroup } from './index.ts'

const sources = bundledSources()

/** What is listened to here. Nothing is really sent to this process: its signals are its runner's. */
const watched = ['SIGHUP', 'SIGUSR2'] as const
const listeners = (): number[] => watched.map((name) => process.listenerCount(name))
const send = (name: (typeof watched)[number]): void => void process.emit(name)

afterEach(() => expect(listeners()).toEqual([0, 0]))

describe('signals', () => {
  test('RUN-15: gives what comes while the block runs, in order, also what came before it was waited for', async () => {
    const got = await within(signals('SIGHUP', 'SIGUSR2'), async (received) => {
      send('SIGUSR2')
      send('SIGHUP')
      const early = [await received.next(), await received.next()]
      const waiting = received.next()
      await settled()
      send('SIGHUP')
      return [...early, await waiting].map(({ value }) => value)
    })
    expect(got).toEqual(['SIGUSR2', 'SIGHUP', 'SIGHUP'])
  })

  test('RUN-15: repeats that were not taken yet are one', async () => {
    await within(signals('SIGHUP'), async (received) => {
      send('SIGHUP')
      send('SIGHUP')
      expect(await received.next()).toEqual({ done: false, value: 'SIGHUP' })
      expect(await within(moveOnAfter(5), () => received.next())).toBeUndefined()
    })
  })

  test('RUN-15: handlers of others stay, whichever way the block ends', async () => {
    const theirs = (): void => {}
    process.on('SIGHUP', theirs)
    await within(signals('SIGHUP'), () => expect(listeners()).toEqual([2, 0]))
    await within(signals('SIGHUP'), () => Promise.reject(new Error('failed'))).catch(() => {})
    expect(process.listeners('SIGHUP')).toEqual([theirs])
    process.off('SIGHUP', theirs)
  })

  test('RUN-15: it can be held', async () => {
    {
      using handle = holdSync(signals('SIGHUP'))
      send('SIGHUP')
      expect((await handle.value.next()).value).toBe('SIGHUP')
    }
    const handle = await hold(signals('SIGUSR2'))
    expect(listeners()).toEqual([0, 1])
    await handle[Symbol.asyncDispose]()
  })

  test.for([
    ['no names', []],
    ['a bad name', ['SIGHUP', 'SIGNONE']],
    ['no name of a signal', ['exit']],
    ['no string', [1]],
  ])('RUN-15: %s is a mistake', ([, names]) => {
    expect(() => signals(...(names as never[]))).toThrow(UsageError)
  })

  test('RUN-15: one that the platform refuses is a mistake, and the others are let go', async () => {
    const error: unknown = await within(signals('SIGHUP', 'SIGKILL'), () => {}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).cause).toBeInstanceOf(Error)
  })

  test('RUN-15: two who wait at the same time are a mistake; the first goes on', async () => {
    await within(signals('SIGHUP'), async (received) => {
      const first = received.next()
      await expect(received.next()).rejects.toMatchObject({ code: 'WITHAL_BUSY' })
      send('SIGHUP')
      expect((await first).value).toBe('SIGHUP')
    })
  })

  test('entered twice, it is a mistake', async () => {
    const manager = signals('SIGHUP')
    await within(manager, () => {})
    await expect(within(manager, () => {})).rejects.toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  })

  test('waiting is a checkpoint: who is cancelled takes no signal away', async () => {
    await within(signals('SIGHUP'), async (received) => {
      const scope = new CancelScope()
      await within(scope, async () => {
        const waiting = received.next()
        await settled()
        scope.cancel()
        await expect(waiting).rejects.toBeInstanceOf(Cancelled)
        send('SIGHUP')
        await expect(received.next()).rejects.toBeInstanceOf(Cancelled)
      })
      expect((await received.next()).value).toBe('SIGHUP')
    })
  })

  test('leaving the loop leaves the block as it is; leaving the block ends the iteration', async () => {
    const names: string[] = []
    await within(new TaskGroup(), async (group) => {
      await within(signals('SIGHUP'), async (received) => {
        send('SIGHUP')
        for await (const name of received) {
          names.push(name)
          break
        }
        send('SIGHUP')
        group.spawn(async () => {
          for await (const name of received) names.push(name)
          names.push('end')
        })
        await settled()
      })
    })
    expect(names).toEqual(['SIGHUP', 'SIGHUP', 'end'])
  })

  test('a real signal is received by a process that waits for nothing else, and its usual effect is back afterwards', async () => {
    const program = new SpawnedProgram(`
      import { signals, within } from '${sources}'
      await within(signals('SIGHUP'), async (received) => {
        console.log('ready')
        for await (const name of received) {
          console.log('got ' + name)
          break
        }
      })
      setInterval(() => {}, 1000)
      console.log('end')`)
    await program.until('ready')
    program.signal('SIGHUP')
    await program.until('end')
    program.signal('SIGHUP')
    expect(await program.ended).toEqual({
      code: null,
      signal: 'SIGHUP',
      stdout: 'ready\ngot SIGHUP\nend\n',
      stderr: '',
    })
  })

  test('RUN-14: without a process none come', async () => {
    const { stdout } = await new SpawnedProgram(`
      delete globalThis.process
      const { signals, within } = await import('${sources}')
      console.log(await within(signals('SIGHUP'), () => 'runs'))`).ended
    expect(stdout).toBe('runs\n')
  })
})
