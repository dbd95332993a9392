/**
 * Deleting a file that is not there is no failure here; every other error is one.
 *
 * Prints:
 *   gone, or never there
 *   still an error: ENOTDIR
 */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suppress, within } from 'withal'

await within(suppress({ code: 'ENOENT' }), () => rm(join(tmpdir(), 'no', 'such', 'file.txt')))
console.log('gone, or never there')

try {
  await within(suppress({ code: 'ENOENT' }), () => rm(join(process.execPath, 'file.txt')))
} catch (error) {
  console.log(`still an error: ${(error as { code?: string }).code}`)
}
