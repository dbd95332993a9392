/** CV-02: variables are bound by managers, never set (rule B), so there are no tokens; what tokens restore, exits restore. */
import { contextManager, ContextVar, gather, hold, sleep, TaskGroup, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a variable', () => {
  test('CV-01 that is not bound gives its default', () => {
    expect(new ContextVar('tenant', { default: 'nobody' }).get()).toBe('nobody')
  })

  test.each([undefined, null, 0, false])('CV-01 may have %s as its default', (value) => {
    expect(new ContextVar<unknown>('v', { default: value }).get()).toBe(value)
  })

  test('CV-01 that is not bound and has no default throws, and names itself', () => {
    expect(thrownAtOnceBy(() => new ContextVar('tenant').get())).toMatchObject({
      name: 'StateError',
      code: 'WITHAL_NOT_BOUND',
      message: expect.stringContaining('"tenant"') as string,
    })
  })

  test('CV-01 that is not bound gives the fallback passed, before the default', () => {
    expect(new ContextVar('tenant', { default: 'nobody' }).get('fallback')).toBe('fallback')
  })

  test('CV-01 gives a fallback of undefined, too', () => {
    expect(new ContextVar<string | undefined>('tenant').get(undefined)).toBeUndefined()
  })

  test('CV-01 that is bound to undefined gives that, and not its default', async () => {
    const variable = new ContextVar<string | undefined>('v', { default: 'default' })
    expect(await within(variable.bind(undefined), () => variable.get('fallback'))).toBeUndefined()
  })

  test('CV-01 of the same name is another one', async () => {
    const [one, other] = [new ContextVar<string>('v'), new ContextVar<string>('v')]
    expect(await within(one.bind('a'), () => other.get('not bound'))).toBe('not bound')
  })
})

describe('binding', () => {
  const tenant = new ContextVar<string>('tenant')

  test('CV-02 ends with the block, and the former value is back', async () => {
    const seen: string[] = []
    await within(tenant.bind('a'), async () => {
      await within(tenant.bind('b'), () => seen.push(tenant.get()))
      seen.push(tenant.get())
    })
    seen.push(tenant.get('none'))
    expect(seen).toEqual(['b', 'a', 'none'])
  })

  test('CV-02 ends with a block that fails', async () => {
    await within(tenant.bind('a'), async () => {
      await thrownBy(() => within(tenant.bind('b'), () => Promise.reject(new Error('body'))))
      expect(tenant.get()).toBe('a')
    })
  })

  test('CV-02 the same manager again, also inside itself, is allowed', async () => {
    const bound = tenant.bind('a')
    expect(await within(bound, tenant.bind('b'), bound, () => tenant.get())).toBe('a')
  })

  test('rule E: has no native form', async () => {
    // @ts-expect-error -- it acts on a body
    expect(await thrownBy(() => hold(tenant.bind('a')))).toMatchObject({ code: 'WITHAL_NEEDS_A_BODY' })
  })

  test('CV-07 by the setup of a generator manager is seen in its body, and undone at its exit', async () => {
    const seen: string[] = []
    const inTenant = contextManager(async function* (name: string) {
      await turn()
      yield* within(tenant.bind(name))
      seen.push(`setup ${tenant.get()}`)
      yield name
      await turn()
      seen.push(`teardown ${tenant.get()}`)
    })
    await within(inTenant('a'), async () => {
      await turn()
      seen.push(`body ${tenant.get()}`)
      await within(tenant.bind('inner'), turn)
    })
    seen.push(tenant.get('none'))
    expect(seen).toEqual(['setup a', 'body a', 'teardown a', 'none'])
  })
})

describe('child tasks', () => {
  const tenant = new ContextVar<string>('tenant', { default: 'none' })

  test('CV-03 begin with what is bound where they are spawned', async () => {
    const seen = await within(tenant.bind('a'), () =>
      within(new TaskGroup(), (group) =>
        within(tenant.bind('b'), () => group.spawn(async () => (await turn(), tenant.get())).result),
      ),
    )
    expect(seen).toBe('b')
  })

  test('CV-03 do not see what their parent or siblings bind, nor they what it binds', async () => {
    const bindAndLook = (name: string) => () =>
      within(tenant.bind(name), async () => {
        await turn()
        return tenant.get()
      })
    const seen = await within(new TaskGroup(), async (group) => {
      const task = group.spawn(async () => (await turn(), await turn(), tenant.get()))
      const others = await within(tenant.bind('parent'), () => gather([bindAndLook('a'), bindAndLook('b')]))
      return [tenant.get(), ...others, await task.result]
    })
    expect(seen).toEqual(['none', 'a', 'b', 'none'])
  })
})

describe('an async function', () => {
  const tenant = new ContextVar<string>('tenant', { default: 'none' })

  test('CV-04 sees what its caller has bound, before and after its awaits', async () => {
    const look = async (): Promise<string[]> => {
      const before = tenant.get()
      await sleep(0)
      return [before, tenant.get()]
    }
    expect(await within(tenant.bind('a'), look)).toEqual(['a', 'a'])
  })

  test('CV-04 rule B: what it binds before its first await does not leak into its caller', async () => {
    const seen: string[] = []
    const running = within(tenant.bind('a'), turn)
    seen.push(tenant.get())
    await running
    seen.push(tenant.get())
    expect(seen).toEqual(['none', 'none'])
  })

  test('CV-04 rule B: calls that overlap in one task do not see each other’s', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        within(tenant.bind(name), async () => {
          await turn()
          await sleep(0)
          return tenant.get()
        }),
      ),
    )
    expect(seen).toEqual(['a', 'b', 'c'])
  })
})
