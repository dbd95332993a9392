/** Ambient frames for tests of the layers below `tasks`: a scope that can be cancelled, and a bound variable. */
import { currentFrame, runInFrame } from '../src/frame.ts'
import type { Frame } from '../src/frame.ts'
import { ScopeNode } from '../src/scope.ts'

/** A manager whose body runs in a scope of its own; it gives the scope. It absorbs nothing. */
export class TestScope {
  readonly scope: ScopeNode
  constructor(parent: ScopeNode | undefined = currentFrame()?.scope) {
    this.scope = new ScopeNode(parent)
  }
  '~enter'(): ScopeNode {
    return this.scope
  }
  '~exit'(): void {
    this.scope.end()
  }
  '~around'<R>(body: () => R): R {
    return runInFrame(frameOf({ scope: this.scope }), body)
  }
}

/** A manager that binds a variable for its body. */
export class TestBinding {
  readonly #key: object
  readonly #value: unknown
  constructor(key: object, value: unknown) {
    this.#key = key
    this.#value = value
  }
  '~enter'(): unknown {
    return this.#value
  }
  '~exit'(): void {}
  '~around'<R>(body: () => R): R {
    const outer = currentFrame()?.bindings
    return runInFrame(frameOf({ bindings: { key: this.#key, value: this.#value, outer } }), body)
  }
}

/** What a variable is bound to in the running code. */
export function boundTo(key: object): unknown {
  for (let binding = currentFrame()?.bindings; binding !== undefined; binding = binding.outer) {
    if (binding.key === key) return binding.value
  }
  return undefined
}

/** The scope of the running code. */
export function ambientScope(): ScopeNode | undefined {
  return currentFrame()?.scope
}

/** Runs work in a scope of its own, which it is given. */
export function inScope<R>(work: (scope: ScopeNode) => R): R {
  const scope = new ScopeNode(undefined)
  return runInFrame(frameOf({ scope }), () => work(scope))
}

function frameOf(changed: Partial<Frame>): Frame {
  const { scope, task, bindings } = currentFrame() ?? {}
  return { scope, task, bindings, ...changed }
}
