/** The tables: what each contestant takes, as a ratio to the limit. */
import type { Goal, Measured, MeasuredMemory } from './rows.ts'

const columns = ['x limit', 'quartiles', 'goal', '', 'ns', 'turns', 'bytes']
const memoryColumns = ['x limit', 'goal', '', 'bytes kept']

/** The table of one row. */
export function tableOf(title: string, found: readonly Measured[] | readonly MeasuredMemory[]): string {
  const isMemory = 'bytesKept' in found[0]! // a row has contestants
  const cells = found.map((one) => ('bytesKept' in one ? memoryCellsOf(one) : cellsOf(one)))
  const lines = [['', ...(isMemory ? memoryColumns : columns)], ...cells]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length))) // all as long
  const padded = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
  return [title, ...padded.map((line) => `  ${line}`.trimEnd())].join('\n')
}

function cellsOf(measured: Measured): string[] {
  const { name, role, ratio, ratioQuartiles, goal, reached, nanoseconds, turns, bytes } = measured
  return [
    `${role}: ${name}`,
    ratioText(ratio),
    role === 'limit' ? '' : ratioQuartiles.map(ratioText).join('–'),
    goal === undefined ? '' : goalText(goal),
    reachedText(reached),
    nanoseconds.toFixed(nanoseconds < 100 ? 1 : 0),
    turns === null ? 'many' : String(turns),
    String(bytes),
  ]
}

function memoryCellsOf({ name, role, ratio, goal, reached, bytesKept }: MeasuredMemory): string[] {
  const goalCell = goal === undefined ? '' : `<= ${goal.bytes} bytes`
  return [`${role}: ${name}`, ratioText(ratio), goalCell, reachedText(reached), String(bytesKept)]
}

function reachedText(reached: boolean | undefined): string {
  if (reached === undefined) return ''
  return reached ? 'reached' : 'MISSED'
}

function goalText(goal: Goal): string {
  return 'ratio' in goal ? `<= ${goal.ratio}` : `<= ${goal.nanosecondsMore} ns more`
}

function ratioText(ratio: number): string {
  return ratio < 20 ? ratio.toFixed(2) : ratio.toFixed(0)
}
