/** Streams of events, as servers send them (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

/** One event. */
export interface ServerSentEvent {
  /** Its kind; `message` where nothing is said. */
  readonly event: string
  readonly data: string
  /** What a server is told to go on from after the connection was lost; that of an earlier event where this one has none. */
  readonly id: string
  /** How long to wait before connecting again, in milliseconds, where the server has said so with this event. */
  readonly retry: number | undefined
}

/** Gives the events in lines. One that is not complete is dropped. */
export async function* eventsOf(
  lines: AsyncIterable<string>,
  largest: number,
  tooLarge: () => Error,
): AsyncGenerator<ServerSentEvent, void> {
  let [event, id, size] = ['', '', 0]
  let data: string[] = []
  let retry: number | undefined
  for await (const line of lines) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n'), id, retry }
      ;[event, data, size, retry] = ['', [], 0, undefined]
      continue
    }
    const { name, value } = fieldOf(line)
    if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retry = Number(value)
    else if (name === 'data') {
      size += value.length
      if (size > largest) throw tooLarge()
      data.push(value)
    }
  }
}

/** A line that begins with a colon is a comment: a field without a name. */
function fieldOf(line: string): { name: string; value: string } {
  const colon = line.indexOf(':')
  if (colon < 0) return { name: line, value: '' }
  const from = line[colon + 1] === ' ' ? colon + 2 : colon + 1
  return { name: line.slice(0, colon), value: line.slice(from) }
}
