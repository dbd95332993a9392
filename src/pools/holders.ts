/** What is said of those who have a pool's resources. */
import { isWatching, tellDiagnostic } from '../channels.ts'
import type { PoolEvent } from './events.ts'
import type { Loan } from './loan.ts'

/** Who has it, since when, when it was last used, and where it was taken, as far as that is known. */
export function describeLoan({ holder, since, usedAt, watch }: Loan<unknown>, now: number): string {
  const who = holder === undefined ? 'somebody outside of all tasks' : `the task "${holder.name}"`
  const used = usedAt > since ? `, last used ${Math.round(now - usedAt)} ms ago` : ''
  const place = watch === undefined ? '' : `, acquired at:\n${watch.place}`
  return `${who}, for ${Math.round(now - since)} ms${used}${place}`
}

/** Those who have had theirs longest, a line each. */
export function describeLongest(loans: Iterable<Loan<unknown>>, now: number, most = 5): string {
  const lines: string[] = []
  for (const loan of loans) {
    if (lines.length === most) break
    lines.push(`\n- ${describeLoan(loan, now)}`)
  }
  return lines.join('')
}

/** The part of a pool that is told of. */
export interface Lending {
  readonly name: string
  readonly settings: { readonly name: string; readonly leakAfter: number }
  readonly resources: { tell(event: PoolEvent): void }
  now(): number
}

/** Tells that a lease is held for long. */
export function tellLeak(pool: Lending, loan: Loan<unknown>): void {
  const { name, settings, resources } = pool
  const message = `A lease of ${name} is held for longer than ${settings.leakAfter} ms: by ${describeLoan(loan, pool.now())}`
  resources.tell({ type: 'leak', pool: settings.name, message })
  tellHolder('WITHAL_LEASE_HELD', message, loan.watch?.place ?? '')
}

/** Tells those who listen to diagnostics; where nobody does, `leakAfter` has asked for a warning. */
export function tellHolder(
  code: 'WITHAL_LEASE_HELD' | 'WITHAL_NESTED_ACQUIRE',
  message: string,
  openedAt: string,
): void {
  if (isWatching()) return tellDiagnostic({ code, message, openedAt })
  const { process } = globalThis as { process?: { emitWarning?: (text: string, options: object) => void } }
  if (process?.emitWarning === undefined) console.warn(message)
  else process.emitWarning(message, { type: 'WithalDiagnostic', code })
}
