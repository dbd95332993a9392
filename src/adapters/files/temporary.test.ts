import { existsSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { within } from 'withal'
import { temporaryDirectory, temporaryFile } from 'withal/files'
import { expect, test } from 'vitest'

test('UT-18 a temporary directory is there in the body, and gone with everything in it afterwards', async () => {
  const path = await within(temporaryDirectory(), async (directory) => {
    await mkdir(join(directory, 'deep'))
    await writeFile(join(directory, 'deep', 'file.txt'), 'content')
    return directory
  })
  expect(existsSync(path)).toBe(false)
})

test('UT-18 a temporary directory is removed when the body fails, and the very error passes', async () => {
  let path = ''
  const failure = new Error('failed')
  const failing = within(temporaryDirectory(), (directory) => {
    path = directory
    throw failure
  })
  await expect(failing).rejects.toBe(failure)
  expect(existsSync(path)).toBe(false)
})

test('UT-18 a temporary directory that is gone already is no error', async () => {
  await within(temporaryDirectory(), (directory) => rm(directory, { recursive: true }))
})

test('UT-18 a temporary file is empty, only the user’s own, has the name asked for, and goes with its directory', async () => {
  const path = await within(temporaryFile({ name: 'report.csv' }), async (file) => {
    const { size, mode } = await stat(file)
    expect({ size, mode: mode & 0o777 }).toEqual({ size: 0, mode: 0o600 })
    expect(file.endsWith('/report.csv')).toBe(true)
    return file
  })
  expect(existsSync(dirname(path))).toBe(false)
})

test('a parent that is missing is an error of entering', async () => {
  const entering = within(temporaryDirectory({ parent: '/no/such/folder' }), () => 'body')
  await expect(entering).rejects.toMatchObject({ code: 'ENOENT' })
})

test.for(['../evil', 'a/b', '..', '.', ''])('a name that leads out of the folder is refused: %j', async (name) => {
  await expect(within(temporaryFile({ name }), () => 'body')).rejects.toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
})
