/** @file JSON from files: size and depth are bounded before anything recursive looks at it. */
import type { SeparableError } from '../base/errors.ts'
import { damaged, decodeText } from './bytes.ts'

/** What JSON can hold. Keys are only ever looked up with `Object.hasOwn` or iterated: `__proto__` is a key like others. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** The longest JSON text that is read, in bytes. */
export const MAX_JSON_BYTES = 2 ** 26
/** How many values a text may hold: far more than the largest network, and little enough to be parsed in no time. */
const MAX_JSON_VALUES = 2 ** 20
/** How deep lists and objects may stand in one another. A nested network takes about six levels. */
const MAX_JSON_DEPTH = 200

/** @throws SeparableError (`data`) naming `what` when it is too long, too deep or no JSON */
function parseJson(source: Uint8Array | string, what: string): JsonValue {
  if (source.length > MAX_JSON_BYTES)
    throw damaged(what, `is too long for JSON: at most ${MAX_JSON_BYTES} bytes`, source.length)
  const text = typeof source === 'string' ? source : decodeText(source)
  const { depth, values } = extentOf(text)
  if (depth > MAX_JSON_DEPTH) throw damaged(what, `is nested too deeply: at most ${MAX_JSON_DEPTH} levels`, depth)
  if (values > MAX_JSON_VALUES) throw damaged(what, `holds too many values: at most ${MAX_JSON_VALUES}`, values)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(notJson(what, text), { cause })
  }
}

/** The same, for JSON that must be an object. */
export function parseJsonObject(source: Uint8Array | string, what: string): JsonObject {
  const value = parseJson(source, what)
  if (isObject(value)) return value
  throw damaged(what, 'must be a JSON object', value)
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text of a value for readers that tell 1.0 from 1.
 * @param floats keys whose numbers, and lists of them, are written with a point always
 */
export function writeJson(value: JsonValue, floats: ReadonlySet<string>, isFloat = false): string {
  if (typeof value === 'number') return isFloat && Number.isInteger(value) ? value.toFixed(1) : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((each) => writeJson(each, floats, isFloat)).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${writeJson(each, floats, floats.has(key))}`).join(',')}}`
}

function notJson(what: string, text: string): SeparableError {
  return damaged(what, 'is not JSON', text)
}

const [QUOTE, COMMA, BACKSLASH] = ['"', ',', '\\'].map((letter) => letter.charCodeAt(0))
const [LIST, LIST_END, OBJECT, OBJECT_END] = Array.from('[]{}', (letter) => letter.charCodeAt(0))

/** The greatest number of brackets that are open at once, and the number of values. Looks no further than either may be. */
function extentOf(text: string): { readonly depth: number; readonly values: number } {
  let [depth, deepest, values, quoted] = [0, 0, 1, false]
  for (let i = 0; i < text.length && deepest <= MAX_JSON_DEPTH && values <= MAX_JSON_VALUES; i++) {
    const letter = text.charCodeAt(i)
    if (quoted) {
      if (letter === BACKSLASH) i++
      else if (letter === QUOTE) quoted = false
    } else if (letter === QUOTE) quoted = true
    else if (letter === COMMA) values++
    else if (letter === LIST || letter === OBJECT) {
      deepest = Math.max(deepest, ++depth)
      values++
    } else if (letter === LIST_END || letter === OBJECT_END) depth--
  }
  return { depth: deepest, values }
}
