/** UT-22 to UT-24: committed when the body has ended well, undone in every other case. */
import { AsyncExitStack, hold, transactional, within } from 'withal'
import type { TransactionSteps } from 'withal'
import { describe, expect, test } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

/** A transaction that notes its steps; each may be made to do something else. */
function noting(
  log: unknown[],
  steps: Partial<TransactionSteps<string>> = {},
): ReturnType<typeof transactional<string>> {
  return transactional<string>({
    begin: async () => {
      await settled()
      log.push('begin')
      return (await steps.begin?.()) ?? 'tx'
    },
    commit: async (tx) => {
      await settled()
      log.push(`commit ${tx}`)
      await steps.commit?.(tx)
    },
    rollback: async (tx, outcome) => {
      await settled()
      log.push(`rollback ${tx}: ${outcome.status}`)
      await steps.rollback?.(tx, outcome)
    },
  })
}

describe('UT-22 a transaction', () => {
  test('is committed when its body has completed, and gives what begin gives', async () => {
    const log: unknown[] = []
    expect(await within(noting(log), (tx) => (log.push(`body ${tx}`), 'result'))).toBe('result')
    expect(log).toEqual(['begin', 'body tx', 'commit tx'])
  })

  test('is rolled back when its body has thrown, which passes', async () => {
    const log: unknown[] = []
    const error = new Error('body')
    expect(await thrownBy(() => within(noting(log), throwing(error)))).toBe(error)
    expect(log).toEqual(['begin', 'rollback tx: failed'])
  })

  test('tells rollback what made it necessary', async () => {
    const told: unknown[] = []
    const error = new Error('body')
    await thrownBy(() => within(noting([], { rollback: (_, outcome) => told.push(outcome) }), throwing(error)))
    expect(told).toEqual([{ status: 'failed', error }])
  })

  test('is rolled back when a native block was left without a word', async () => {
    const log: unknown[] = []
    {
      await using handle = await hold(noting(log))
      log.push(handle.value)
    }
    expect(log).toEqual(['begin', 'tx', 'rollback tx: unknown'])
  })

  test('is committed when a native block said that it has completed', async () => {
    const log: unknown[] = []
    {
      await using handle = await hold(noting(log))
      handle.complete()
    }
    expect(log).toEqual(['begin', 'commit tx'])
  })

  test('on a stack, follows the stack', async () => {
    const log: unknown[] = []
    await within(new AsyncExitStack(), (stack) => stack.enter(noting(log)))
    await thrownBy(() => within(new AsyncExitStack(), (stack) => stack.enter(noting(log)).then(throwing('body'))))
    expect(log).toEqual(['begin', 'commit tx', 'begin', 'rollback tx: failed'])
  })

  test('whose rollback fails gives that failure with what made it necessary', async () => {
    const [body, rollback] = [new Error('body'), new Error('rollback')]
    const failing = within(noting([], { rollback: throwing(rollback) }), throwing(body))
    expect(await thrownBy(() => failing)).toBe(rollback)
    expect(rollback.cause).toBe(body)
  })

  test('whose begin fails is neither committed nor rolled back', async () => {
    const log: unknown[] = []
    const error = new Error('begin')
    expect(await thrownBy(() => within(noting(log, { begin: throwing(error) }), () => {}))).toBe(error)
    expect(log).toEqual(['begin'])
  })

  test('inside another one is undone with it, or alone', async () => {
    const log: unknown[] = []
    const savepoint = { begin: () => 'savepoint' }
    await within(noting(log), async () => {
      await thrownBy(() => within(noting(log, savepoint), throwing('inner')))
    })
    expect(log).toEqual(['begin', 'begin', 'rollback savepoint: failed', 'commit tx'])
  })

  test('is rolled back, and completely, when the scope around is cancelled', async () => {
    const log: unknown[] = []
    await inScope(async (scope) => {
      const body = (): never => {
        scope.cancel()
        throw scope.cancelled
      }
      expect(await thrownBy(() => within(noting(log), body))).toBe(scope.cancelled)
    })
    expect(log).toEqual(['begin', 'rollback tx: failed'])
  })

  test('may have steps that do not wait', async () => {
    const log: string[] = []
    const steps = { begin: () => 'tx', commit: () => log.push('commit'), rollback: () => log.push('rollback') }
    await within(transactional(steps), () => {})
    await within(transactional(steps), throwing('body')).catch(() => {})
    expect(log).toEqual(['commit', 'rollback'])
  })
})

describe('UT-23 a commit that fails', () => {
  test('is followed by a rollback, and its failure is thrown', async () => {
    const log: unknown[] = []
    const error = new Error('commit')
    expect(await thrownBy(() => within(noting(log, { commit: throwing(error) }), () => {}))).toBe(error)
    expect(log).toEqual(['begin', 'commit tx', 'rollback tx: failed'])
  })

  test('and a rollback that fails, too, come out together', async () => {
    const [commit, rollback] = [new Error('commit'), new Error('rollback')]
    const steps = { commit: throwing(commit), rollback: throwing(rollback) }
    const thrown = await thrownBy(() => within(noting([], steps), () => {}))
    expect(thrown).toMatchObject({ name: 'SuppressedError', error: rollback, suppressed: commit })
  })

  test('tells rollback its failure', async () => {
    const told: unknown[] = []
    const error = new Error('commit')
    const steps = { commit: throwing(error), rollback: (_: string, outcome: unknown) => told.push(outcome) }
    await thrownBy(() => within(noting([], steps), () => {}))
    expect(told).toEqual([{ status: 'failed', error }])
  })
})

describe('UT-24 a transaction used wrongly', () => {
  test('entered again while it is open, it says that it has begun', async () => {
    const transaction = noting([])
    const error = await thrownBy(() => within(transaction, () => within(transaction, () => {})))
    expect(error).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    expect((error as Error).message).toContain('already begun')
  })

  test('entered again afterwards, it says that it has ended', async () => {
    const transaction = noting([])
    await within(transaction, () => {})
    const error = await thrownBy(() => within(transaction, () => {}))
    expect(error).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    expect((error as Error).message).toContain('already ended')
  })

  test.each([
    ['before it has begun', async () => noting([]), 'not begun'],
    [
      'twice',
      async () => {
        const transaction = noting([])
        await within(transaction, () => {})
        return transaction
      },
      'already ended',
    ],
  ] as const)('exited %s, it says so, and calls no step', async (_, make, text) => {
    const error = await thrownBy(async () => (await make())['~exitAsync']({ status: 'completed' }))
    expect(error).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
    expect((error as Error).message).toContain(text)
  })
})
