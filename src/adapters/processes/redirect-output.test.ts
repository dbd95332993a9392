import { gather, sleep, within, withinSync } from 'withal'
import { redirectOutput } from 'withal/processes'
import { expect, test } from 'vitest'

const write = (text: string) => process.stdout.write(text)

test('UT-13 what the body writes goes to the target, which is the value; afterwards it does not', () => {
  const before = process.stdout.write
  const lines: string[] = []
  const target = (text: string) => lines.push(text)
  const value = withinSync(redirectOutput(target), (given) => {
    write('one')
    return given
  })
  expect([value, lines]).toEqual([target, ['one']])
  expect(process.stdout.write).toBe(before)
})

test('UT-13 nothing happens before it is entered', () => {
  const before = process.stdout.write
  redirectOutput(() => {})
  expect(process.stdout.write).toBe(before)
})

test('UT-13 stderr is redirected when asked for, and stdout then is not', () => {
  const lines: string[] = []
  withinSync(redirectOutput({ write: (text: string) => lines.push(text) }, { stream: 'stderr' }), () => {
    process.stderr.write('to stderr')
    write('')
  })
  expect(lines).toEqual(['to stderr'])
})

test('UT-13 bytes arrive as text, and the callback of a write is called', async () => {
  const lines: string[] = []
  await within(
    redirectOutput((text) => lines.push(text)),
    () =>
      new Promise<void>((resolve) => {
        process.stdout.write(new TextEncoder().encode('bytes'), () => resolve())
      }),
  )
  expect(lines).toEqual(['bytes'])
})

test('UT-14 redirections nest, the innermost catches, and a failure restores them', () => {
  const before = process.stdout.write
  const outer: string[] = []
  const inner: string[] = []
  withinSync(
    redirectOutput((text) => outer.push(text)),
    () => {
      const again = redirectOutput((text: string) => inner.push(text))
      expect(() =>
        withinSync(again, again, () => {
          write('inner')
          throw new RangeError('failed')
        }),
      ).toThrow(RangeError)
      write('outer')
    },
  )
  expect([outer, inner]).toEqual([['outer'], ['inner']])
  expect(process.stdout.write).toBe(before)
})

test('UT-15 a redirection catches the text of its own body and tasks, not of work beside it', async () => {
  const lines: string[] = []
  const others: string[] = []
  await within(
    redirectOutput((text) => others.push(text), { global: true }),
    () =>
      gather([
        () =>
          within(
            redirectOutput((text) => lines.push(text)),
            async () => {
              await sleep(2)
              await gather([async () => write('mine')])
            },
          ),
        async () => {
          await sleep(1)
          write('beside')
        },
      ]),
  )
  expect([lines, others]).toEqual([['mine'], ['beside']])
})
