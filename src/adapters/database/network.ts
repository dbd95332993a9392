/** What is the same for all databases that are reached over a network: secrets in addresses, and what the errors of networks mean. */
import { ConnectionError } from './errors.ts'

/** An error of a network or a driver. */
interface CodedError extends Error {
  readonly code?: string
  readonly errno?: number
  readonly sqlState?: string
}

/** An address, to be shown. Whatever stands before an @ may be a password, and so may what a parameter of that name has. */
export function withoutSecret(address: string): string {
  return address.replace(/\/\/.*@/, '//…@').replaceAll(/(password=)[^&\s]*/gi, '$1…')
}

/** Trying several addresses of a host gives a group, whose own text is empty: the first of its errors; of others the error itself. */
export function innermost(error: unknown): CodedError {
  return error instanceof AggregateError && error.errors.length > 0 ? innermost(error.errors[0]) : (error as CodedError)
}

const transient = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN'])

/** Whether what a network refuses may go well a little later. */
export function isTransientCode(code: string | undefined): boolean {
  return code !== undefined && transient.has(code)
}

/** What to look at when a server cannot be reached. */
export function networkAdvice({ code = '', message }: CodedError): string {
  if (code === 'ECONNREFUSED') return 'Look whether it is running, and at host and port.'
  if (code === 'ENOENT') return 'Look whether it is running, and at the path of its socket.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Look at the name of the host.'
  if (/certificate|self-signed|altnames/i.test(`${code} ${message}`))
    return 'Give the certificate of its authority: `ssl: { ca }`.'
  if (/does not support (?:SSL|secure)/i.test(message)) return 'Leave out `ssl`, or turn it on at the server.'
  return 'Look at the address, and at the log of the server.'
}

/** What is told to whoever used a connection that is lost. */
export function lostErrorOf(cause: unknown, name: string, sqlState?: string): ConnectionError {
  const { message, code } = innermost(cause)
  return new ConnectionError(
    `The connection to ${name} was lost: ${message || code}. What it was doing may have been done or not; the next statement gets another one.`,
    { cause, sqlState },
  )
}
