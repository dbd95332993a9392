/** A scope that can be asked how many waits listen to it: none may be left behind. */
import { currentFrame, runInFrame } from '../src/frame.ts'
import { ScopeNode } from '../src/scope.ts'
import type { Listening } from '../src/scope.ts'

export class CountingScope extends ScopeNode {
  counted = 0

  constructor() {
    super(currentFrame()?.scope)
  }

  override addListening(listening: Listening): void {
    this.counted++
    super.addListening(listening)
  }

  override removeListening(listening: Listening): void {
    if (listening.listedIn === this) this.counted--
    super.removeListening(listening)
  }

  /** Runs work inside. */
  run<R>(work: () => R): R {
    const { task, bindings } = currentFrame() ?? {}
    return runInFrame({ scope: this, task, bindings }, work)
  }
}
