/**
 * Something that waits for its own exit from inside that exit would wait for ever (GM-30), and a second caller, who may
 * wait, calls in just the same way. Only the ambient frame tells the two apart: where there is one, the exit runs in a
 * frame of its own that says whose it is, and so does all that is called from there.
 */
import { isWatching } from '../channels.ts'
import { ContractError } from '../errors/index.ts'
import { canRunInFrames, currentFrame, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { nameOf } from './describe.ts'

/** The frame in which something runs its own code: like the given one, and a binding says whose it is. */
export function ownFrame(frame: Frame | undefined, owner: object): Frame {
  const { scope, task, bindings } = frame ?? nowhere
  return { scope, task, bindings: { key: owner, value: { scope, task }, outer: bindings } }
}

const nowhere: Frame = { scope: undefined, task: undefined, bindings: undefined }

/** The same where there is no frame yet: making one costs, so only diagnostics do. */
export function ownFrameIfWatching(frame: Frame | undefined, owner: object): Frame | undefined {
  return isWatching() && canRunInFrames() ? ownFrame(frame, owner) : frame
}

/**
 * Whether the running code is called by something's own code. What was only begun there and belongs elsewhere, a child
 * of a group outside, is not: nobody inside waits for it.
 */
export function isCalledFrom(owner: object): boolean {
  const frame = currentFrame()
  for (let binding = frame?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key !== owner) continue
    const { scope, task } = binding.value as Pick<Frame, 'scope' | 'task'> // `ownFrame` has bound it
    return frame?.task === task || (scope?.shield === true && isWithin(frame, scope))
  }
  return false
}

function isWithin(frame: Frame | undefined, scope: object): boolean {
  for (let node = scopeOf(frame); node !== undefined; node = node.parent) if (node === scope) return true
  return false
}

/** The error for who calls it all the same. */
export function closedWhileRunning(generator: object): ContractError {
  return new ContractError(
    'WITHAL_CLOSED_WHILE_RUNNING',
    `The generator ${nameOf(generator)} tried to close itself: waiting for its own end would never end. Return from it instead.`,
  )
}
