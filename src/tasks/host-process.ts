/** The slice of the process that running a program needs, where there is one: browsers have none. */

/** Called with what the event brings first: the error, the signal's name, the exit code. */
type Listener = (first: unknown) => void

interface HostProcess {
  on(event: string, listener: Listener): unknown
  removeListener(event: string, listener: Listener): unknown
  exit(code: number): void
  exitCode?: number | string | null | undefined
  getActiveResourcesInfo?(): string[]
  getBuiltinModule?(name: string): { constants?: { signals?: Record<string, number> } } | undefined
}

/** The process, looked up each time: tests and bundlers put their own in its place. */
export function hostProcess(): HostProcess | undefined {
  const { process } = globalThis as unknown as { process?: Partial<HostProcess> }
  return typeof process?.on === 'function' && typeof process.exit === 'function' ? (process as HostProcess) : undefined // what is called was looked for
}

/** Listens to an event of the process; the answer takes the listener out again. Throws what the process throws. */
export function listenToProcess(event: string, listener: Listener): () => void {
  const host = hostProcess()
  host?.on(event, listener)
  return () => void host?.removeListener(event, listener)
}

/** The signals of this platform and their numbers; `undefined` where it does not tell. */
export function knownSignals(): Readonly<Record<string, number>> | undefined {
  return hostProcess()?.getBuiltinModule?.('node:os')?.constants?.signals
}

/** What a process that a signal has ended leaves with, by the shells' rule: 128 and the signal's number. */
export function exitCodeOf(signal: string): number {
  return 128 + (knownSignals()?.[signal] ?? usualNumbers[signal] ?? 0)
}

const usualNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15, SIGBREAK: 21 }
