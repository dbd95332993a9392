import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { within, withinSync } from 'withal'
import { chdir, temporaryDirectory } from 'withal/files'
import { expect, onTestFinished, test } from 'vitest'

// The pool of the test runner is processes, which may change their working directory.
test('UT-16 the working directory is changed in the body, and restored afterwards', () => {
  const before = process.cwd()
  expect(withinSync(chdir('/'), () => process.cwd())).toBe('/')
  expect(process.cwd()).toBe(before)
})

test('UT-16 it is restored when the body fails', () => {
  const before = process.cwd()
  expect(() =>
    withinSync(chdir('/'), () => {
      throw new RangeError('failed')
    }),
  ).toThrow(RangeError)
  expect(process.cwd()).toBe(before)
})

test('UT-16 the same manager can be entered in itself', () => {
  const before = process.cwd()
  const root = chdir('/')
  withinSync(root, root, () => expect(process.cwd()).toBe('/'))
  expect(process.cwd()).toBe(before)
})

test('UT-16 a directory that is not there is an error of entering, and changes nothing', () => {
  const before = process.cwd()
  expect(() => withinSync(chdir('/no/such/folder'), () => 'body')).toThrow(/ENOENT/)
  expect(process.cwd()).toBe(before)
})

test('UT-17 a former directory that has vanished is an error of the exit', async () => {
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  await within(temporaryDirectory(), async (directory) => {
    const former = join(directory, 'former')
    await mkdir(former)
    process.chdir(former)
    await expect(within(chdir('/'), () => rm(former, { recursive: true }))).rejects.toMatchObject({ code: 'ENOENT' })
    process.chdir(before)
  })
})

test('UT-16 a worker thread is refused, with what to do', async () => {
  const program = `
    const { parentPort } = require('node:worker_threads')
    const { withinSync } = require('withal')
    const { chdir } = require('withal/files')
    try { withinSync(chdir('/'), () => {}) } catch (error) { parentPort.postMessage([error.name, error.message]) }`
  const worker = new Worker(program, { eval: true })
  const message = await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  expect(message).toEqual(['UsageError', expect.stringContaining('Use absolute paths')])
})
