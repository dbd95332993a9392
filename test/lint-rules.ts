/**
 * Shows that the promise rules of the linter are on: an exception that nothing needs is an error
 * (`--report-unused-disable-directives`), so this file fails the lint as soon as a rule no longer fires.
 */

async function work(): Promise<void> {}

export function floats(): void {
  // oxlint-disable-next-line typescript/no-floating-promises
  work()
  // oxlint-disable-next-line typescript/no-floating-promises
  void work()
}

export function misuses(list: readonly number[]): void {
  // oxlint-disable-next-line typescript/no-misused-promises
  list.forEach(async () => work())
}
