/**
 * @file Hostile files for tests: a sound file with a few bytes changed, cut, doubled or moved. The same seed makes the same
 * files, and a failure names the seed of its file.
 */
import { SeparableError } from '../base/errors.ts'
import { Random } from '../base/random.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** Numbers that sizes, counts and positions in files are tested with. */
const NASTY = [0, 1, 0x7f, 0x80, 0xff, 0xfffe, 0xffff, 0x7fffffff, 0xffffffff]

/** A damaged copy of a file; the number decides how. */
export function mutate(source: Uint8Array, seed: number): Uint8Array {
  const random = new Random(seed, 'mutate')
  const below = (n: number) => Math.floor(random.uniform() * n)
  // Headers are at the beginning, and directories at the end: half of the changes go there.
  const somewhere = (length: number) =>
    below(2) ? below(length) : below(2) ? below(Math.min(length, 512)) : length - 1 - below(Math.min(length, 512))
  let bytes = source.slice()
  for (let change = below(4); change >= 0 && bytes.length > 0; change--) {
    const at = somewhere(bytes.length)
    const length = Math.min(1 + below(64), bytes.length - at)
    const kind = below(8)
    if (kind < 3) bytes[at] = below(256)
    else if (kind === 3) bytes[at] ^= 1 << below(8)
    else if (kind === 4) writeNumber(bytes, at, NASTY[below(NASTY.length)], 1 << below(4))
    else if (kind === 5) bytes = bytes.slice(0, at)
    else if (kind === 6) bytes.copyWithin(at, somewhere(bytes.length), at + length)
    else bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)])
  }
  return bytes
}

function writeNumber(bytes: Uint8Array, at: number, value: number, width: number): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = i < 4 ? (value >>> (8 * i)) & 255 : 0
}

/** How the reading of a damaged file may end. */
export type Outcome = 'read' | 'refused'

/**
 * Reads a damaged file.
 * @throws whatever is thrown that is no SeparableError of one line that ends with what was received, naming the seed
 */
export async function outcomeOf(seed: number, read: () => unknown): Promise<Outcome> {
  try {
    await read()
    return 'read'
  } catch (error) {
    const clear =
      error instanceof SeparableError && error.code !== 'internal' && /^[^\n]*, received: [^\n]+$/.test(error.message)
    if (clear) return 'refused'
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : error}`)
  }
}

const NASTY_VALUES: readonly JsonValue[] = [
  ...[null, true, -1, 0, 0.5, 1, 2, 3, 1000, 2 ** 31, 2 ** 53, 1e300, '', '__proto__', 'constructor', 'Sequential'],
  ...[
    'Functional',
    'Lambda',
    'toString',
    '../../etc/passwd',
    [],
    [[]],
    {},
    [null],
    [0],
    [1e9, 1e9, 1e9],
    { class_name: 1 },
  ],
  ...[
    { class_name: 'constructor', config: {} },
    { __proto__: null, class_name: 'Add', config: null },
  ],
]

/** A copy of some JSON with one to three values replaced, renamed, doubled or left out; the number decides how. */
export function mutateJson(source: JsonValue, seed: number): JsonValue {
  const random = new Random(seed, 'mutateJson')
  const below = (n: number) => Math.floor(random.uniform() * n)
  let json = structuredClone(source)
  for (let change = below(3); change >= 0; change--) json = change1(json, below)
  return json
}

/** Walks down at random and changes what it ends at. */
function change1(value: JsonValue, below: (n: number) => number): JsonValue {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (keys.length === 0 || below(12) === 0) return NASTY_VALUES[below(NASTY_VALUES.length)]
  const picked = keys[below(keys.length)]
  const entries = Object.entries(value as JsonObject).flatMap(([key, each]): [string, JsonValue][] => {
    if (key !== picked) return [[key, each]]
    if (below(20) === 0) return below(2) ? [] : [[String(NASTY_VALUES[7 + below(8)]), each]]
    return [[key, change1(each, below)]]
  })
  if (!Array.isArray(value)) return Object.fromEntries(entries)
  const list = entries.map(([, each]) => each)
  return below(20) === 0 ? [...list, ...list.slice(0, 1)] : list
}
