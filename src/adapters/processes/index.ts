/** The entry point `withal/processes`. */
export { environment } from './environment.ts'
export { redirectOutput } from './redirect-output.ts'
export type { OutputTarget, Redirection, RedirectOptions } from './redirect-output.ts'
