/** The program as people run it: a process of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** How it has ended. */
export interface Ended {
  /** `null` when a signal has killed it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs it in a folder.
 *
 * @param input   What it finds on standard input.
 * @param begun   Is given the process.
 */
export async function linkcheck(
  folder: string,
  words: readonly string[],
  { input = '', begun }: { input?: string; begun?: (child: ChildProcess) => void } = {},
): Promise<Ended> {
  const program = join(import.meta.dirname, '../start.mjs')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...words], { cwd: folder })
  begun?.(child)
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr } // as the event gives it
}
