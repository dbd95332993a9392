/**
 * What every test file must keep to, besides its own claims: no process warning, and nothing left running. A test that
 * leaves a timer, a socket or the like behind fails, with the kind of what it left.
 */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'

/** Milliseconds. What is still there after that was left behind. */
const mostWaiting = 500

const warnings: Error[] = []
process.on('warning', (warning) => {
  // Node 22 says so of its own module, once in each process that uses it.
  if (!warning.message.startsWith('SQLite is an experimental feature')) warnings.push(warning)
})

let before: Map<string, number>
beforeEach(() => {
  before = openResources()
})

afterEach(async () => {
  // What was closed last may need some turns of the event loop to be gone, and the runner has short timers of its own;
  // warnings come a turn late, too.
  const begun = performance.now()
  do await setImmediate()
  while (leftOpen().length > 0 && performance.now() - begun < mostWaiting)
  expect(leftOpen(), 'left running by the test').toEqual([])
  expect(warnings.splice(0), 'process warnings').toEqual([])
})

function leftOpen(): string[] {
  return [...openResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
}

/** How many of each kind (`Timeout`, `TCPServerWrap`, …) keep the process alive. */
function openResources(): Map<string, number> {
  const count = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) count.set(kind, (count.get(kind) ?? 0) + 1)
  return count
}
