/**
 * The lines of a stack that name places, without the first lines that repeat name and message. V8 writes those (as they
 * were when the error was made), JavaScriptCore and SpiderMonkey do not.
 */
import { messageOf } from './describe.ts'
import { ownStackOf } from './own-stack.ts'

/** The places in the stack of an error, one per line, without indentation. Empty where there is no stack to be read. */
export function framesOf(error: object): string[] {
  const stack = stackOf(error)
  if (stack === '') return []
  const message = messageOf(error)
  const lines = afterMessage(stack, message) ?? fromFirstFrame(stack) ?? []
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

function stackOf(error: object): string {
  try {
    const stack = ownStackOf(error)
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

/** A message may have several lines, and some of them may look like places. */
function afterMessage(stack: string, message: string): string[] | undefined {
  if (message === '') return undefined
  const end = stack.indexOf(message) + message.length
  if (end < message.length || stack.slice(0, end - message.length).includes('\n')) return undefined
  if (end === stack.length) return []
  return stack[end] === '\n' ? stack.slice(end + 1).split('\n') : undefined
}

function fromFirstFrame(stack: string): string[] | undefined {
  const lines = stack.split('\n')
  const first = lines.findIndex((line) => /^\s+at |^[^\s]*@/.test(line))
  return first === -1 ? undefined : lines.slice(first)
}
