// Finds the examples: every ```ts block of a Markdown page, and every `@example` of a doc comment.

import { readFileSync } from 'node:fs'

// Ends an example that has no fence of its own. (A decorator begins like a tag; such an example needs a fence.)
const tag = /^@(param|returns?|throws|example|see|since|remarks|template|default|deprecated)\b/

/**
 * @returns for each example `{ file, line, code, autoImport }`; `line` is that of its first line in the file. One that
 * must not be checked says why (```ts no-check: it is half a sentence) and is left out; without a reason it is a fault.
 */
export function extractExamples(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
  return file.endsWith('.md') ? fences(file, lines, 0, false) : docExamples(file, lines)
}

function docExamples(file, lines) {
  const found = []
  for (const { start, end } of docComments(lines)) {
    const text = lines
      .slice(start, end + 1)
      .map((line) => line.replace(/^\s*(\/\*\*|\*(?!\/))? ?/, '').replace(/\*\/\s*$/, ''))
    for (const [index, line] of text.entries()) {
      if (!line.startsWith('@example')) continue
      const body = text.slice(index + 1)
      const isFenced = body.find((next) => next.trim() !== '')?.startsWith('```') === true
      const last = isFenced ? -1 : body.findIndex((next) => tag.test(next))
      const example = last === -1 ? body : body.slice(0, last)
      const at = start + index + 1
      if (isFenced) found.push(fences(file, example, at, true)[0])
      else found.push({ file, line: at + 1, code: example.join('\n').trimEnd(), autoImport: true })
    }
  }
  return found
}

function docComments(lines) {
  const comments = []
  let start = -1
  for (const [index, line] of lines.entries()) {
    if (start === -1 && /^\s*\/\*\*/.test(line)) start = index
    if (start === -1 || !line.includes('*/')) continue
    comments.push({ start, end: index })
    start = -1
  }
  return comments
}

function fences(file, lines, offset, autoImport) {
  const found = []
  let open
  for (const [index, line] of lines.entries()) {
    const [, indent, info] = /^(\s*)```(.*)$/.exec(line) ?? []
    if (info === undefined) {
      open?.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    } else if (open !== undefined) {
      if (open.info === 'ts' || open.info.startsWith('ts ')) found.push(example(open))
      open = undefined
    } else {
      open = { line: offset + index + 2, indent: indent.length, info: info.trim(), code: [] }
    }
  }
  return found

  function example({ line, info, code }) {
    const [, reason] = /^ts no-check:? *(.*)$/.exec(info) ?? []
    const fault = reason === '' ? '`no-check` needs a reason: ```ts no-check: it is half a sentence' : undefined
    return { file, line, code: code.join('\n'), autoImport, skip: reason !== undefined, fault }
  }
}
