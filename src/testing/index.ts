/** The entry point `withal/testing`. */
export { groupOf } from './group-of.ts'
export type { GroupMember, GroupOfOptions, GroupPattern } from './group-of.ts'
export { patch } from './patch.ts'
export { TestClock } from './test-clock.ts'
export type { TestClockOptions } from './test-clock.ts'
