/**
 * @file The one error class of the library. A message is one clear line that names the culprit
 * (layer path, op, file, argument) and ends with what was received.
 */

/** An error a user can act on. `code` groups errors for programs; the message is for people. */
export class SeparableError extends Error {
  override readonly name = 'SeparableError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(oneLine(typeof message === 'string' ? message : describe(message)), options)
    this.code = code
  }
}

/**
 * - `argument`: a value passed by the caller is wrong
 * - `shape`: shapes do not fit together
 * - `data`: a file or dataset is damaged, truncated or out of range
 * - `io`: reading, writing or the network failed
 * - `numeric`: NaN or infinity appeared while training
 * - `unsupported`: valid, but this engine or machine cannot do it
 * - `internal`: a bug in the library
 */
export type ErrorCode = 'argument' | 'shape' | 'data' | 'io' | 'numeric' | 'unsupported' | 'internal'

/**
 * What a terminal would obey, or what would turn a line around: control characters (ESC, C1 and the others), line and paragraph
 * separators, Unicode's marks of direction.
 */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** Longer words, and longer lines, are cut: names in files may be of any length. */
const LONGEST_WORD = 300
const LONGEST_LINE = 4000

/** A text of a file, or with some in it, as one line that shows as it reads. */
export function oneLine(text: string): string {
  const clean = text.replace(new RegExp(`(${UNPRINTABLE.source})+`, 'gu'), ' ')
  const short = clean.replace(/\S{301,}/g, (word) => shortened(word, LONGEST_WORD))
  if (short.length <= LONGEST_LINE) return short
  return `${short.slice(0, LONGEST_LINE / 2)} ... ${short.slice(-LONGEST_LINE / 2)}`
}

/** A text whose every character shows: others become U+FFFD. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}

/** At most so many characters. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text
}

/** Throws an `internal` error when an invariant of the library itself does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new SeparableError('internal', `internal error: ${message}`)
}

const blamed = new WeakSet<SeparableError>()

/** Runs `body`; an error in it gets the innermost culprit's name in front, that of a layer or of a weight. */
export function blaming<T>(culprit: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof SeparableError) || blamed.has(error)) throw error
    const located = new SeparableError(error.code, `${culprit}: ${error.message}`, { cause: error })
    blamed.add(located)
    throw located
  }
}

/** Formats a received value for the tail of a message: `received: "foo"`, `received: [3, 4]`. */
export function received(value: unknown): string {
  return `received: ${describe(value)}`
}

/** Undefined for what is no plain data, as a BigInt or a circle in it. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(describe).join(', ')}${value.length > 8 ? ', ...' : ''}]`
  if (value === null) return 'null'
  const json = jsonOf(value)
  return json === undefined
    ? Object.prototype.toString.call(value)
    : json.length > 80
      ? `${json.slice(0, 77)}...`
      : json
}
