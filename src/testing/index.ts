/** The entry point `withal/testing`. */
export { TestClock } from './test-clock.ts'
export type { TestClockOptions } from './test-clock.ts'
