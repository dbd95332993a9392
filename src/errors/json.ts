/** The entry point `withal/error-json`: errors as plain data, with their tree, and back, for workers and logs. */
export { errorFromJSON } from './from-json.ts'
export { errorToJSON } from './to-json.ts'
export type { AgainJSON, ErrorFields, ErrorJSON, GroupJSON, SingleJSON, SuppressedJSON, ThrownJSON } from './to-json.ts'
