/** The entry point `withal/files`. */
export { chdir } from './chdir.ts'
export { temporaryDirectory, temporaryFile } from './temporary.ts'
export type { TemporaryOptions } from './temporary.ts'
