/** The entry point `withal/testing`. */
export { patch } from './patch.ts'
export { TestClock } from './test-clock.ts'
export type { TestClockOptions } from './test-clock.ts'
