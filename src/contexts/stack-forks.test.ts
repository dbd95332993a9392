/** ES-33, ES-34: child stacks, and sections whose members are closed in parallel. */
import { AsyncExitStack, ErrorGroup, leaves, onLateError, replace, UsageError, within } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('ES-34 a child stack', () => {
  test('is closed with its parent, at its place', async () => {
    const parent = new AsyncExitStack()
    const order: string[] = []
    parent.defer(() => order.push('before'))
    const child = parent.fork()
    parent.defer(() => order.push('after'))
    child.defer(() => order.push('child 1'))
    child.defer(() => order.push('child 2'))
    await parent.close()
    expect(order).toEqual(['after', 'child 2', 'child 1', 'before'])
    expect(child.disposed).toBe(true)
  })

  test('is told what its parent is told, and may swallow for it', async () => {
    const parent = new AsyncExitStack<boolean>()
    const outer = vi.fn<(outcome: unknown) => void>()
    parent.push(outer)
    parent.fork().push(() => true)
    await within(parent, throwing(new Error('body')))
    expect(outer.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('can be closed before, and its failure is of who closes it', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const error = new Error('exit')
    child.defer(throwing(error))
    expect(await thrownBy(() => child.close())).toBe(error)
    expect(parent.disposed).toBe(false)
    await parent.close()
  })

  test('that is being closed is waited for by its parent, and its failure is joined with the body’s', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const [body, exit] = [new Error('body'), new Error('exit')]
    child.defer(async () => {
      await settled()
      throw exit
    })
    const early = thrownBy(() => child.close())
    expect(await thrownBy(() => within(parent, throwing(body)))).toBe(exit)
    expect(exit.cause).toBe(body)
    expect(await early).toBe(exit)
  })

  test.each(['close', 'disposeAsync', 'move'] as const)('is forgotten by its parent after %s', async (method) => {
    const parent = new AsyncExitStack()
    const children: WeakRef<object>[] = []
    for (let count = 0; count < 1000; count++) {
      const child = parent.fork()
      children.push(new WeakRef(child))
      await child[method]()
    }
    await settled()
    globalThis.gc!()
    expect(children.filter((child) => child.deref() !== undefined).length).toBeLessThan(50)
    await parent.close()
  })

  test('is forgotten by its parent only when it has been closed', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const order: string[] = []
    parent.defer(() => order.push('parent'))
    child.defer(async () => {
      await settled()
      order.push('child')
    })
    const early = child.close()
    await parent.close()
    expect(order).toEqual(['parent', 'child'])
    await early
  })

  test('goes with the registrations of its parent', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const moved = parent.move()
    await moved.close()
    expect(child.disposed).toBe(true)
  })

  test('outlives its parent no more than its own registrations: those popped off do', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const exit = vi.fn<() => void>()
    child.defer(exit)
    const popped = child.popAll()
    await parent.close()
    expect(exit).not.toHaveBeenCalled()
    await popped.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('is within a block of its own', async () => {
    const parent = new AsyncExitStack()
    const child = parent.fork()
    const exit = vi.fn<() => void>()
    await within(child, () => child.defer(exit))
    expect(exit).toHaveBeenCalledOnce()
    await parent.close()
  })
})

describe('ES-33 a section with concurrency', () => {
  /** How many of ten members are being closed at the same time, at most. */
  async function mostAtOnce(concurrency: number): Promise<number> {
    const parent = new AsyncExitStack()
    const section = parent.fork({ concurrency })
    let [now, most] = [0, 0]
    for (let member = 0; member < 10; member++) {
      section.defer(async () => {
        most = Math.max(most, ++now)
        await settled()
        now--
      })
    }
    await parent.close()
    return most
  }

  test.each([
    [1, 1],
    [3, 3],
    [10, 10],
    [Infinity, 10],
  ])('of %o closes %i of ten members at the same time', async (concurrency, most) => {
    expect(await mostAtOnce(concurrency)).toBe(most)
  })

  test.each([0, -1, 1.5, NaN, '2', null])('of %o is refused', async (concurrency) => {
    const error = await thrownBy(() => new AsyncExitStack().fork({ concurrency: concurrency as number }))
    expect(error).toBeInstanceOf(UsageError)
  })

  test('begins with the member that was registered last', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const begun: number[] = []
    for (const member of [1, 2, 3]) section.defer(() => settled().then(() => begun.push(member)))
    await section.close()
    expect(begun).toEqual([3, 2, 1])
  })

  test('keeps what is outside open until all its members are closed', async () => {
    const parent = new AsyncExitStack()
    const order: string[] = []
    parent.defer(() => order.push('outside'))
    const section = parent.fork({ concurrency: Infinity })
    section.defer(() => settled().then(() => order.push('slow')))
    section.defer(() => order.push('fast'))
    await parent.close()
    expect(order).toEqual(['fast', 'slow', 'outside'])
  })

  test('tells all its members the same outcome', async () => {
    const section = new AsyncExitStack<boolean>().fork({ concurrency: 2 })
    const error = new Error('body')
    const member = vi.fn<(outcome: unknown) => true>(() => true)
    for (let count = 0; count < 3; count++) section.push(member)
    await within(section, throwing(error))
    expect(member.mock.calls).toEqual(Array.from({ length: 3 }, () => [{ status: 'failed', error }]))
  })

  test('gives several failures as one ErrorGroup', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const errors = [new Error('a'), new Error('b'), new Error('c')]
    for (const error of errors) section.defer(throwing(error))
    section.defer(() => {})
    const thrown = await thrownBy(() => section.close())
    expect(thrown).toBeInstanceOf(ErrorGroup)
    expect(leaves(thrown)).toEqual(errors.toReversed())
  })

  test('gives a single failure as it is', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const error = new Error('exit')
    section.defer(throwing(error))
    section.defer(() => {})
    expect(await thrownBy(() => section.close())).toBe(error)
  })

  test('keeps the body’s failure beside those of its members', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const [body, a, b] = [new Error('body'), new Error('a'), new Error('b')]
    section.defer(throwing(a))
    section.defer(throwing(b))
    const thrown = await thrownBy(() => within(section, throwing(body)))
    expect(thrown).toMatchObject({ name: 'SuppressedError', error: { errors: [b, a] }, suppressed: body })
  })

  test('takes a member that rethrows what it was told for one that lets it pass', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const [body, own] = [new Error('body'), new Error('own')]
    const rethrow = (outcome: unknown): never => throwing((outcome as { error: unknown }).error)()
    section.push(rethrow)
    section.push(rethrow)
    expect(await thrownBy(() => within(section, throwing(body)))).toBe(body)

    const other = new AsyncExitStack().fork({ concurrency: 2 })
    other.push(rethrow)
    other.push(throwing(own))
    expect(await thrownBy(() => within(other, throwing(body)))).toBe(own)
    expect(own.cause).toBe(body)
  })

  test('throws the replacement of a member that has dealt with the failure', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const replaced = new Error('replaced')
    section.push(() => replace(replaced))
    section.push(() => {})
    expect(await thrownBy(() => within(section, throwing(new Error('body'))))).toBe(replaced)
    expect(replaced.cause).toBeUndefined()
  })

  test('is open for what a running member registers, until all have ended (ES-24, ES-25)', async () => {
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const order: string[] = []
    section.defer(async () => {
      await settled()
      section.defer(() => order.push(`late, disposed: ${section.disposed}`))
    })
    section.defer(() => order.push('fast'))
    await section.close()
    expect(order).toEqual(['fast', 'late, disposed: false'])
    expect(section.disposed).toBe(true)
  })

  test.each([2, Infinity])('of %o waits for what is being entered, and exits it (ES-30)', async (concurrency) => {
    const section = new AsyncExitStack().fork({ concurrency })
    const exit = vi.fn<() => Promise<void>>(async () => {})
    section.defer(() => {})
    const entering = thrownBy(() => section.enter({ '~enterAsync': () => settled(), '~exitAsync': exit }))
    await section.close()
    expect(exit).toHaveBeenCalledOnce()
    expect(await entering).toMatchObject({ code: 'WITHAL_CLOSED' })
  })

  test('does not wait for the promise of a synchronous disposer, but reports its failure (D-16)', async () => {
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    const section = new AsyncExitStack().fork({ concurrency: 2 })
    const error = new Error('late')
    section.use({ [Symbol.dispose]: () => settled().then(throwing(error)) as unknown as void })
    await section.close()
    expect(late).toEqual([])
    await settled()
    await settled()
    remove()
    expect(late).toEqual([error])
  })
})
