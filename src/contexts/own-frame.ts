/**
 * Who runs some code. Something that waits for its own exit from inside that exit would wait for ever (GM-30), and a
 * second caller, who may wait, calls in just the same way; an exit with a limit stands still while one inside it runs.
 * Only the ambient frame tells inside from outside: what has to be told runs in a frame of its own, with a binding that
 * says whose it is, and so does all that is called from there.
 */
import { isWatching } from '../channels.ts'
import { ContractError } from '../errors/index.ts'
import { canRunInFrames, currentFrame, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { nameOf } from './describe.ts'

/** The frame in which something runs its own code: like the given one, and bound under a key, which may be itself. */
export function ownFrame(frame: Frame | undefined, key: object, owner: object = key): Frame {
  const { scope, task, bindings } = frame ?? nowhere
  return { scope, task, bindings: { key, value: { scope, task, owner }, outer: bindings } }
}

const nowhere: Frame = { scope: undefined, task: undefined, bindings: undefined }

/** The same where there is no frame yet: making one costs, so only diagnostics do. */
export function ownFrameIfWatching(frame: Frame | undefined, key: object): Frame | undefined {
  return isWatching() && canRunInFrames() ? ownFrame(frame, key) : frame
}

/**
 * Whose code, of those bound under a key, calls the running code. What was only begun there and belongs elsewhere, a
 * child of a group outside, is not called by it: nobody inside waits for it.
 */
export function callerOf(key: object): object | undefined {
  const frame = currentFrame()
  for (let binding = frame?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key !== key) continue
    const { scope, task, owner } = binding.value as Owned // `ownFrame` has bound it
    return frame?.task === task || (scope?.shield === true && isWithin(frame, scope)) ? owner : undefined
  }
  return undefined
}

interface Owned extends Pick<Frame, 'scope' | 'task'> {
  readonly owner: object
}

function isWithin(frame: Frame | undefined, scope: object): boolean {
  for (let node = scopeOf(frame); node !== undefined; node = node.parent) if (node === scope) return true
  return false
}

/** The error for who waits for its own end. */
export function closedWhileRunning(generator: object): ContractError {
  return new ContractError(
    'WITHAL_CLOSED_WHILE_RUNNING',
    `The generator ${nameOf(generator)} tried to close itself: waiting for its own end would never end. Return from it instead.`,
  )
}
