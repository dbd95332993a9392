/** From pieces of text to lines. */

/**
 * Gives lines without their ends (`\n` or `\r\n`; with `lone`, also a `\r` by itself). The last one needs no end.
 *
 * @param longest  Letters; a longer one is refused, so that what has no end does not fill the memory.
 */
export async function* linesOf(
  texts: AsyncIterable<string>,
  longest: number,
  tooLong: () => Error,
  lone = false,
): AsyncGenerator<string, void> {
  const ends = lone ? /\r\n|\n|\r/g : /\n/g
  const held: string[] = []
  let size = 0
  let endedWithReturn = false
  const take = (last: string): string => {
    const line = held.join('') + last
    held.length = size = 0
    return !lone && line.endsWith('\r') ? line.slice(0, -1) : line
  }
  for await (const text of texts) {
    let from = endedWithReturn && text.startsWith('\n') ? 1 : 0 // the second half of an end
    for (const { 0: end, index } of text.matchAll(ends)) {
      if (index < from) continue
      yield take(text.slice(from, index))
      from = index + end.length
    }
    if (text !== '') endedWithReturn = lone && text.endsWith('\r')
    if (from === text.length) continue
    held.push(text.slice(from))
    size += text.length - from
    if (size > longest) throw tooLong()
  }
  if (size > 0) yield take('')
}
