import { describe, expect, test } from 'vitest'
import { bundledSources, SpawnedProgram } from '../../test/spawned-program.ts'
import type { Ended } from '../../test/spawned-program.ts'
import { StateError, UsageError } from '../errors/index.ts'
import { run, runMain } from './index.ts'

const sources = bundledSources()
const imports = `
import * as withal from '${sources}'
const { contextManager, currentScope, onLateError, quit, reportLateError, run, runMain, shield, sleep, TaskGroup, within } = withal
const say = (text) => console.log(text)
const forever = () => sleep(Infinity)
const resource = contextManager(async function* (name) {
  try { yield name } finally { await sleep(1); say('closed ' + name) }
})
`

/** A program in a process of its own. */
function start(source: string): SpawnedProgram {
  return new SpawnedProgram(imports + source)
}

async function end(source: string): Promise<Ended> {
  return await start(source).ended
}

/** Waits for resources, one in the other, until it is cancelled. */
const server = `
await runMain(() => within(resource('database'), resource('server'), async () => {
  say('ready')
  await forever().catch((cancelled) => { say(cancelled.source + ' ' + cancelled.reason); throw cancelled })
}))
say('end')`

/** Does not look at its cancellation. */
const stubborn = `
await runMain(async (group) => {
  group.spawn(() => new Promise(() => {}), { name: 'stubborn' })
  currentScope().signal.addEventListener('abort', () => say('cancelled'))
  say('ready')
  await forever()
}, { grace: %grace })`

describe('runMain', () => {
  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('RUN-07: the first %s cancels it, it cleans up, and the code is %i', async ([signal, code]) => {
    const program = start(server)
    await program.until('ready')
    program.signal(signal)
    expect(await program.ended).toEqual({
      code,
      signal: null,
      stdout: `ready\nshutdown ${signal}\nclosed server\nclosed database\nend\n`,
      stderr: '',
    })
  })

  test('RUN-07: the code is that of the signal also when the function then gives a value, or cleanup fails', async () => {
    const program = start(`
      await runMain(async (group) => {
        group.spawn(() => forever().finally(() => { throw new Error('cleanup') }), { name: 'keeper' })
        say('ready')
        await forever().catch(() => {})
        return 'value'
      })`)
    await program.until('ready')
    program.signal('SIGTERM')
    const { code, stderr } = await program.ended
    expect(code).toBe(143)
    expect(stderr).toContain('Error: cleanup')
  })

  test('RUN-08: a second signal ends it at once with the same code, and names what was running', async () => {
    const program = start(stubborn.replace('%grace', 'Infinity'))
    await program.until('ready')
    program.signal('SIGTERM')
    await program.until('cancelled')
    program.signal('SIGINT')
    const { code, stderr } = await program.ended
    expect(code).toBe(143)
    expect(stderr).toContain('SIGINT came as a second signal')
    expect(stderr).toContain('the task "stubborn"')
  })

  test('RUN-08: cleanup that takes longer than the grace does, too', async () => {
    const program = start(stubborn.replace('%grace', '20'))
    await program.until('ready')
    program.signal('SIGINT')
    const { code, stderr } = await program.ended
    expect(code).toBe(130)
    expect(stderr).toContain('longer than 20 ms')
    expect(stderr).toContain('the task "stubborn"')
  })

  test('RUN-08: the grace bounds the end of any program, and errors are printed even then', async () => {
    const { code, stderr } = await end(`
      await runMain(async (group) => {
        group.spawn(() => new Promise(() => {}), { name: 'stubborn' })
        throw new Error('main')
      }, { grace: 20 })`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: main[^]*longer than 20 ms[^]*"stubborn"/)
  })

  test('the same signal sent twice at once is one request', async () => {
    const program = start(server)
    await program.until('ready')
    program.signal('SIGTERM')
    program.signal('SIGTERM')
    const { code, stdout, stderr } = await program.ended
    expect([code, stderr]).toEqual([143, ''])
    expect(stdout).toContain('closed database')
  })

  test('the same signal sent again later is a second request', async () => {
    const program = start(`setTimeout(() => process.kill(process.pid, 'SIGTERM'), 300)
      ${stubborn.replace('%grace', 'Infinity').replace("say('ready')", "process.kill(process.pid, 'SIGTERM')")}`)
    const { code, stderr } = await program.ended
    expect(code).toBe(143)
    expect(stderr).toContain('SIGTERM came as a second signal')
  })

  test('`signals` says which signals end it', async () => {
    const { code } = await end(`
      await runMain(async () => {
        process.kill(process.pid, 'SIGHUP')
        await forever()
      }, { signals: ['SIGHUP'] })`)
    expect(code).toBe(129)
  })

  test('RUN-09: a normal end leaves code 0 and no handlers', async () => {
    const events = `['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection', 'exit']`
    const { code, stdout, stderr } = await end(`
      const count = () => say(${events}.map((event) => process.listenerCount(event)).join())
      count()
      await runMain(async () => { count(); return 7 })
      count()`)
    expect([code, stdout, stderr]).toEqual([0, '0,0,0,0,0\n1,1,1,1,1\n0,0,0,0,0\n', ''])
  })

  test('RUN-09: a normal end leaves an exit code that was set before', async () => {
    const { code } = await end(`await runMain(async () => { process.exitCode = 5 })`)
    expect(code).toBe(5)
  })

  test('RUN-09: an error is printed with its tree and its tasks, after cleanup, and the code is 1', async () => {
    const { code, stdout, stderr } = await end(`
      await runMain(async (group) => {
        group.spawn(() => within(new TaskGroup({ name: 'requests' }), (requests) => {
          requests.spawn(() => { throw new TypeError('no number', { cause: 'bad input' }) }, { name: 'request' })
        }), { name: 'server' })
        await within(resource('database'), forever)
      })
      say('end')`)
    expect([code, stdout]).toEqual([1, 'closed database\nend\n'])
    expect(stderr).toMatch(
      /ErrorGroup: requests failed[^]*TypeError: no number[^]*in the task server › request[^]*bad input/,
    )
  })

  test('RUN-19: with diagnostics on, an error is printed with the place where its task was spawned', async () => {
    const { stderr } = await end(`
      withal.diagnose(() => {})
      function startServer(group) {
        group.spawn(() => { throw new TypeError('no number') }, { name: 'server' })
      }
      await runMain((group) => { startServer(group); return forever() })`)
    expect(stderr).toMatch(/TypeError: no number[^]*in the task server, spawned at:\n[^]*at startServer/)
  })

  test('RUN-09: what failed beside the error is printed, too', async () => {
    const { code, stderr } = await end(`
      await runMain(async (group) => {
        group.spawn(() => forever().finally(() => { throw new Error('second') }), { name: 'keeper' })
        await sleep(1)
        throw new Error('first')
      })`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: first[^]*Error: second[^]*in the task keeper/)
  })

  test.for([
    [0, 'all done', 'stdout'],
    [3, 'no such file', 'stderr'],
  ] as const)(
    'RUN-10: quit(%i) cleans up and leaves with the code and the message',
    async ([quitWith, message, where]) => {
      const ended = await end(`
      await runMain((group) => {
        group.spawn(() => within(resource('database'), async () => { await sleep(1); quit(${quitWith}, '${message}') }))
        return forever()
      })`)
      expect(ended.code).toBe(quitWith)
      expect(ended.stdout + ended.stderr).toBe(`closed database\n${message}\n`)
      expect(ended[where]).toContain(message)
    },
  )

  test('RUN-10: quit works from a signal handler, where nothing is ambient, and after a signal', async () => {
    const { code, stdout, stderr } = await end(`
      process.once('SIGUSR2', () => { try { quit(5) } catch {} })
      await runMain(() => within(resource('database'), async () => {
        process.kill(process.pid, 'SIGTERM')
        await forever().catch(() => {})
        process.kill(process.pid, 'SIGUSR2')
        await shield(() => sleep(20))
      }))`)
    expect([code, stdout, stderr]).toEqual([5, 'closed database\n', ''])
  })

  test('RUN-10: a code of 0 becomes 1 when cleanup fails', async () => {
    const { code, stderr } = await end(`
      await runMain(async () => { try { quit() } finally { throw new Error('cleanup') } })`)
    expect(code).toBe(1)
    expect(stderr).toContain('Error: cleanup')
  })

  test('RUN-10: an uncaught `quit` in a callback ends the program, and is no error', async () => {
    const { code, stdout, stderr } = await end(`
      await runMain(() => within(resource('database'), async () => {
        setTimeout(() => quit(6), 1)
        await forever()
      }))`)
    expect([code, stdout, stderr]).toEqual([6, 'closed database\n', ''])
  })

  test('RUN-11: it is kept alive while it waits for what keeps no process alive', async () => {
    const { code, stdout } = await end(`
      await runMain(async () => {
        await new Promise((resolve) => setTimeout(resolve, 50).unref())
        say('waited')
      })`)
    expect([code, stdout]).toEqual([0, 'waited\n'])
  })

  test('RUN-12: when it is ending already, a signal changes nothing', async () => {
    const { code, stdout, stderr } = await end(`
      const slow = contextManager(async function* () {
        try { yield } finally { process.kill(process.pid, 'SIGTERM'); await sleep(20); say('closed') }
      })
      await runMain(() => within(slow(), () => quit(3)))`)
    expect([code, stdout, stderr]).toEqual([3, 'closed\n', ''])
  })

  test('RUN-13: handlers of others are called, too, and stay', async () => {
    const { code, stdout } = await end(`
      process.on('SIGTERM', (name) => say('theirs ' + name))
      await runMain(() => within(resource('database'), async () => {
        process.kill(process.pid, 'SIGTERM')
        await forever()
      }))
      say(process.listenerCount('SIGTERM'))`)
    expect([code, stdout]).toEqual([143, 'theirs SIGTERM\nclosed database\n1\n'])
  })

  test('RUN-14: it works in a worker thread', async () => {
    const inWorker = `
      import('${sources}').then(({ runMain, quit, sleep }) =>
        runMain(async () => { await sleep(1); console.log('in the worker'); quit(4) }))`
    const { code, stdout, stderr } = await end(`
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true })
      worker.on('exit', (code) => say('the worker left with ' + code))`)
    expect([code, stdout, stderr]).toEqual([0, 'in the worker\nthe worker left with 4\n', ''])
  })

  test('RUN-14: it works without a process, and without ambient frames', async () => {
    const { stdout, stderr } = await new SpawnedProgram(`
      const { process } = globalThis
      delete globalThis.process
      const { runMain, run, sleep } = await import('${sources}')
      await runMain(async (group) => {
        group.spawn(() => sleep(60_000, { signal: group.signal }).finally(() => console.log('stopped')))
        await sleep(1)
        console.log('done')
      })
      await runMain(() => { throw new Error('failed') })
      const controller = new AbortController()
      const work = run((group) => sleep(60_000, { signal: group.signal }), { signal: controller.signal })
      setTimeout(() => controller.abort('no more'), 1)
      console.log(await work.catch((reason) => reason))
      console.log(await run((group) => {
        group.spawn(() => { throw new Error('child') })
        return sleep(60_000, { signal: group.signal })
      }).catch((error) => error.message))`).ended
    expect(stdout).toBe('done\nstopped\nno more\nchild\n')
    expect(stderr).toContain('Error: failed')
  })

  test('RUN-14: a platform that refuses an event is left alone', async () => {
    const { code, stdout } = await end(`
      const { on } = process
      process.on = function (event, listener) {
        if (event.startsWith('SIG')) throw new Error('not supported')
        return on.call(this, event, listener)
      }
      await runMain(async () => say('runs'))`)
    expect([code, stdout]).toEqual([0, 'runs\n'])
  })

  test.for([
    ['an uncaught exception', `setTimeout(() => { throw new Error('uncaught') }, 1)`],
    ['an unhandled rejection', `Promise.reject(new Error('uncaught')).finally(() => {})`],
    ['a late error that nobody handles', `reportLateError(new Error('uncaught'), { source: 'test' })`],
  ])('RUN-17: %s cancels it and is the result', async ([, cause]) => {
    const { code, stdout, stderr } = await end(`
      await runMain(() => within(resource('database'), async () => {
        ${cause}
        await forever().catch((cancelled) => { say(cancelled.source + ' ' + cancelled.reason); throw cancelled })
      }))
      say('end')`)
    expect([code, stdout]).toEqual([1, 'shutdown Error: uncaught\nclosed database\nend\n'])
    expect(stderr).toContain('Error: uncaught')
  })

  test('RUN-17: an unhandled rejection by nothing but its own cancellation is none', async () => {
    const { code, stderr } = await end(`
      await runMain(async () => { sleep(60_000); await sleep(1); quit(3) })`)
    expect([code, stderr]).toEqual([3, ''])
  })

  test('RUN-17: one at the very end counts, too', async () => {
    const { code, stderr } = await end(`await runMain(async () => { Promise.reject(new Error('last')) })`)
    expect(code).toBe(1)
    expect(stderr).toContain('Error: last')
  })

  test('RUN-17: a handled late error does not end it', async () => {
    const { code, stderr } = await end(`
      onLateError(() => 'handled')
      await runMain(async () => { reportLateError(new Error('late'), { source: 'test' }); await sleep(1) })`)
    expect([code, stderr]).toEqual([0, ''])
  })

  test('RUN-17: with `uncaught: false` it is as if nobody listened; what was skipped is named', async () => {
    const { code, stdout, stderr } = await end(`
      await runMain(() => within(resource('database'), async () => {
        setTimeout(() => { throw new Error('uncaught') }, 1)
        await forever()
      }), { uncaught: false })`)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('Error: uncaught')
    expect(stderr).toContain('the main function')
  })

  test('RUN-18: when somebody calls process.exit, only what is synchronous happens, and what was skipped is named', async () => {
    const { code, stdout, stderr } = await end(`
      await runMain((group) => {
        group.spawn(() => within(resource('database'), forever), { name: 'keeper' })
        currentScope().signal.addEventListener('abort', () => say('told'))
        setTimeout(() => process.exit(7), 1)
        return forever()
      })`)
    expect([code, stdout]).toEqual([7, 'told\n'])
    expect(stderr).toContain('cleanup is skipped')
    expect(stderr).toContain('the main function, the task "keeper"')
  })

  test('what keeps the process alive after a program was asked to end is named, and it ends', async () => {
    const { code, stdout, stderr } = await end(`
      setInterval(() => {}, 60_000)
      await runMain(() => quit(3))
      say('end')`)
    expect([code, stdout]).toEqual([3, 'end\n'])
    expect(stderr).toContain('Timeout')
  })

  test('the next program is not ended for one that failed before; its code stays', async () => {
    const { code, stdout } = await end(`
      await runMain(() => { throw new Error('first') })
      await runMain(() => sleep(1_200))
      say('second done')`)
    expect([code, stdout]).toEqual([1, 'second done\n'])
  })

  test('after a normal end, what goes on may go on', async () => {
    const { code, stdout } = await end(`
      await runMain(() => {})
      setTimeout(() => say('went on'), 1_200)`)
    expect([code, stdout]).toEqual([0, 'went on\n'])
  })

  test('much output is written before it ends', async () => {
    const { code, stdout } = await end(`
      await runMain(async () => { process.stdout.write('x'.repeat(5_000_000)); quit(3) })`)
    expect([code, stdout.length]).toEqual([3, 5_000_000])
  })
})

describe('runMain in this process', () => {
  test('RUN-06: a second one at the same time is refused; `run` inside, and one after the other, are not', async () => {
    const codes: number[] = []
    const exit = (code: number): void => void codes.push(code)
    await runMain(
      async () => {
        const fault = await runMain(() => {}).catch((error: unknown) => error)
        expect(fault).toBeInstanceOf(StateError)
        expect(fault).toMatchObject({ code: 'WITHAL_ALREADY_RUNNING' })
        expect(await run(() => 'nested')).toBe('nested')
      },
      { exit },
    )
    await runMain(() => {}, { exit })
    expect(codes).toEqual([0, 0])
  })

  test('RUN-05: what makes no sense is refused, and nothing stays registered', async () => {
    await expect(runMain('main' as never)).rejects.toThrow(UsageError)
    await expect(runMain(() => {}, { grace: NaN })).rejects.toThrow(UsageError)
    await expect(runMain(() => {}, { signals: ['TERM' as never] })).rejects.toThrow(UsageError)
    const codes: number[] = []
    await runMain(() => {}, { exit: (code) => codes.push(code) })
    expect(codes).toEqual([0])
  })
})
