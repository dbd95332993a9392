/** A block that holds a lease and waits for another one of the same pool: if all blocks do that, all wait for ever. */
import { StateError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible } from '../frame.ts'
import type { PoolEvent } from './events.ts'
import type { Lease } from './lease.ts'
import { tellHolder } from './holders.ts'

/** The part of a pool that is looked at. */
export interface Nesting {
  readonly name: string
  readonly settings: { readonly name: string; readonly max: number; readonly sharing: number }
  readonly resources: { tell(event: PoolEvent): void }
}

interface Holding {
  readonly task: object | undefined
  readonly lease: Lease<unknown>
}

/** Runs the body of a block that holds a lease, so that a wait in it for another one is noticed. */
export function holdingLease<R>(pool: object, lease: Lease<unknown>, body: () => R): R {
  const frame = currentFrame()
  const value: Holding = { task: frame?.task, lease }
  const bindings = { key: pool, value, outer: frame?.bindings }
  return runInFrameIfPossible({ scope: frame?.scope, task: frame?.task, bindings }, body)
}

/**
 * Tells when who waits holds leases of the same pool already, in the same task. Gives an error when it holds all there can be: then
 * the wait could never end.
 */
export function nestedIn(pool: Nesting, waitsAt: string): StateError | undefined {
  const held = heldHere(pool)
  if (held.length === 0) return undefined
  const { name, settings, resources } = pool
  const isCertain = held.length >= settings.max * settings.sharing
  const places = held.map((lease) => lease.acquiredAt ?? '').join('\n')
  const message =
    `A block that holds ${held.length} of ${settings.max * settings.sharing} leases of ${name} waits for another one. ` +
    `${isCertain ? 'It would wait for ever' : 'When all blocks do that at once, all wait for ever'}: ` +
    `pass on what is held, or acquire both before. Waits at:\n${waitsAt}\nHeld at:\n${places}`
  resources.tell({ type: 'nested', pool: settings.name, message })
  if (isCertain) return new StateError('WITHAL_SELF_DEADLOCK', message)
  tellHolder('WITHAL_NESTED_ACQUIRE', message, places)
  return undefined
}

function heldHere(pool: object): Lease<unknown>[] {
  const frame = currentFrame()
  const held: Lease<unknown>[] = []
  for (let binding = frame?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key !== pool) continue
    const { task, lease } = binding.value as Holding // only `holdingLease` uses this key
    if (task === frame?.task && !lease.released) held.push(lease)
  }
  return held
}
