/** Objects of settings: one that is none, or has a name in it that nobody reads, is a mistake that would be seen nowhere. */
import { UsageError } from '../../errors/index.ts'

/** @throws UsageError  It is no object, or has other names in it. */
export function settingsNamed(name: string, given: unknown, known: readonly string[]): object {
  if (typeof given !== 'object' || given === null) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`${name}\` is ${String(given)}. Give an object with: ${known.join(', ')}.`,
    )
  }
  const unknown = Object.keys(given).find((one) => !known.includes(one))
  if (unknown === undefined) return given
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `There is no \`${name}.${unknown}\`. There are: ${known.join(', ')}.`)
}
