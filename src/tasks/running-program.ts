/** Which program is running here: the nearest one around, or that of the process. All copies of the package know it. */
import { StateError } from '../errors/index.ts'
import type { QuitError } from '../errors/index.ts'
import { scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'

/** What `quit` and `taskTree` need of a program. */
export interface Quittable {
  readonly root: ScopeNode
  /** Asks it to end; gives what is to be thrown by who asked. */
  quit(asked: QuitError): unknown
}

const mainKey: unique symbol = Symbol.for('withal.main/1') as never // `Symbol.for` has no unique type
const shared = globalThis as { [mainKey]?: Quittable | undefined }

/** The scope of a program, which tells its program, also to another copy of the package. */
export class RootScope extends ScopeNode {
  readonly '~program': Quittable
  constructor(parent: ScopeNode | undefined, program: Quittable) {
    super(parent)
    this['~program'] = program
  }
}

/** The program that a frame belongs to, the nearest one; outside of all, that of the process. */
export function runningProgram(frame: Frame | undefined): Quittable | undefined {
  for (let node = scopeOf(frame); node !== undefined; node = node.parent) {
    const program = node.ended ? undefined : (node as Partial<RootScope>)['~program'] // other scopes have no such field
    if (program !== undefined) return program
  }
  return shared[mainKey]
}

/** @throws StateError  There is a program of the process in this thread. */
export function refuseSecondMain(): void {
  if (shared[mainKey] === undefined) return
  throw new StateError(
    'WITHAL_ALREADY_RUNNING',
    '`runMain` was called while a program of `runMain` is running in this thread. Inside it, use `run`.',
  )
}

/** Makes a program that of the process; the answer takes it back. */
export function becomeMain(program: Quittable): () => void {
  shared[mainKey] = program
  return () => {
    shared[mainKey] = undefined
  }
}
