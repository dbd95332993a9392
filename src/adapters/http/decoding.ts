/** Bodies that were sent compressed. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { DecodingError, TooLargeError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'

/** How a body may be coded. */
export type Coding = 'gzip' | 'deflate' | 'br'

/** More than one is rare, and many are an attack. */
const mostCodings = 3

const whole = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  raw: promisify(inflateRaw),
  br: promisify(brotliDecompress),
}

/** How a body was coded, the last coding first; empty when it is to be given as it came. */
export function codingsOf(contentEncoding: string | string[] | undefined): readonly Coding[] {
  if (contentEncoding === undefined) return []
  const names = String(contentEncoding)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''))
  const codings = names.filter((name) => name !== '' && name !== 'identity')
  const known = codings.every((name) => name === 'gzip' || name === 'deflate' || name === 'br')
  return known && codings.length <= mostCodings ? codings.toReversed() : []
}

/**
 * Decodes a whole body.
 *
 * @throws DecodingError  It is broken.
 * @throws TooLargeError  It would be larger than allowed.
 */
export async function decoded(
  body: Buffer,
  codings: readonly Coding[],
  largest: number,
  details: HttpErrorDetails,
): Promise<Buffer> {
  let result = body
  for (const coding of codings) {
    if (result.length === 0) return result
    const decode = whole[coding === 'deflate' && !hasZlibHeader(result) ? 'raw' : coding]
    try {
      result = await decode(result, largest === Infinity ? {} : { maxOutputLength: Math.max(1, largest) })
    } catch (error) {
      throw decodingErrorOf(error, coding, largest, details)
    }
  }
  return result
}

/** The first byte of a zlib stream says so in its lower half; some servers send it without. */
export function hasZlibHeader(body: Uint8Array): boolean {
  return (body[0]! & 0x0f) === 8
}

/** What it means that a body could not be decoded. */
export function decodingErrorOf(error: unknown, coding: Coding, largest: number, details: HttpErrorDetails): Error {
  const caused = { ...details, cause: error }
  if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
    return new TooLargeError(`decoded, the body is larger than ${largest} bytes. Raise \`limits.body\`.`, caused)
  }
  return new DecodingError(`the body is no ${coding}, as its headers say: ${(error as Error).message}.`, caused)
}
