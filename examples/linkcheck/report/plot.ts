/** How long answers took, as a picture: a bar for each range of times, each range twice as long as the one before. */
import { counted, duration } from './summary.ts'

/** Where the ranges begin, in milliseconds. */
const ranges: readonly number[] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768]

/** How many times are in each range. */
export async function countByRange(times: AsyncIterable<number>): Promise<number[]> {
  const counts = ranges.map(() => 0)
  for await (const time of times)
    counts[
      Math.max(
        ranges.findLastIndex((start) => start <= time),
        0,
      )
    ]!++
  return counts
}

/** An SVG, to be put into a page. */
export function plotOf(counts: readonly number[]): string {
  const first = counts.findIndex((count) => count > 0)
  const last = counts.findLastIndex((count) => count > 0)
  if (first === -1) return '<p>No answer has come.</p>'
  const [width, height, foot, head] = [640, 220, 24, 18]
  const shown = ranges.slice(first, last + 1)
  const most = Math.max(...counts)
  const step = width / Math.max(shown.length, 6)
  const bars = shown.map((start, index) => {
    const count = counts[first + index]!
    const tall = (count / most) * (height - foot - head)
    const [x, y] = [index * step + 2, height - foot - tall]
    const end = ranges[first + index + 1]
    const range = end === undefined ? `${duration(start)} and more` : `${duration(start)} to ${duration(end)}`
    return (
      `<g><title>${range}: ${counted(count, 'address', 'addresses')}</title>` +
      `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(step - 4).toFixed(1)}" height="${tall.toFixed(1)}" rx="2"/>` +
      `<text x="${(x + step / 2 - 2).toFixed(1)}" y="${(y - 5).toFixed(1)}">${count > 0 ? count.toLocaleString('en-US') : ''}</text>` +
      `<text x="${(x + step / 2 - 2).toFixed(1)}" y="${height - 6}" class="range">${start === 0 ? '&lt; 1 ms' : duration(start)}</text></g>`
    )
  })
  return `<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="Response times">${bars.join('')}</svg>`
}
