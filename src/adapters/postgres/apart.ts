/** Connections that are not of the pool, for what lasts: listening, locks. */
import { runStoppable } from '../../tasks/stoppable.ts'
import type { TimedWaitOptions } from '../../tasks/index.ts'
import type { PostgresConnection } from './connection.ts'

/** Opens a connection. */
export type Connect = (signal: AbortSignal) => Promise<PostgresConnection>

/** How long it may take, in milliseconds, where nothing else is said. */
const usualLimit = 10_000

/**
 * Opens one; stops that when the scope is cancelled, the signal aborts or the time is up.
 *
 * @throws  What the driver throws; else as every wait.
 */
export async function openApart(connect: Connect, options: TimedWaitOptions = {}): Promise<PostgresConnection> {
  const controller = new AbortController()
  return await runStoppable(
    {
      name: 'Opening a connection',
      begin: () => connect(controller.signal),
      stop: async () => controller.abort(),
      isStopped: () => true,
    },
    { timeout: usualLimit, ...options },
  )
}
