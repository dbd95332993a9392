/** A run in one sentence. */
import type { Totals } from './findings.ts'

/** Numbers with the thousands apart: 12,345. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US')
}

/** `3 links`, `1 link`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`
}

/** Milliseconds as people say them. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** See above. */
export function summary({ pages, links, addresses }: Totals, broken: number, elapsed: number): string {
  const asked = addresses.ok + addresses.broken + addresses.unchecked
  const rest = [
    addresses.unchecked > 0 ? `${grouped(addresses.unchecked)} could not be checked` : '',
    addresses.skipped > 0 ? `${grouped(addresses.skipped)} skipped` : '',
    addresses.pending > 0 ? `${grouped(addresses.pending)} still to be checked` : '',
  ].filter((part) => part !== '')
  return (
    `${counted(pages, 'page')}, ${counted(links, 'link')} to ${counted(asked, 'address', 'addresses')} ` +
    `in ${duration(elapsed)}: ${broken === 0 ? 'nothing is broken' : counted(broken, 'broken link')}` +
    `${rest.length === 0 ? '' : `; ${rest.join(', ')}`}.`
  )
}
