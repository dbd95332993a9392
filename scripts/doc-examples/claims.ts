/** What the claims in examples (`// => value`, `// => throws Name`) are turned into. */
import assert from 'node:assert/strict'

export function $equal(actual: unknown, expected: unknown): void {
  assert.deepStrictEqual(actual, expected)
}

export function $throws(work: () => Promise<unknown>, name: string, text: string): Promise<void>
export function $throws(work: () => unknown, name: string, text: string): void
export function $throws(work: () => unknown, name: string, text: string): unknown {
  const check = (error: unknown): true => {
    assert(error instanceof Error, `threw ${String(error)}, which is no Error`)
    assert([error.name, error.constructor.name].includes(name), `threw ${error.stack}, not ${name}`)
    assert(error.message.includes(text), `the message "${error.message}" does not say "${text}"`)
    return true
  }
  let result: unknown
  try {
    result = work()
  } catch (error) {
    return void check(error)
  }
  const missing = (): never => assert.fail(`threw nothing, instead of ${name}`)
  return result instanceof Promise ? result.then(missing, check) : missing()
}
