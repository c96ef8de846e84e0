/** @file The .safetensors format: named arrays after a header in JSON (github.com/huggingface/safetensors). */
import { received, SeparableError } from '../base/errors.ts'
import { joinSteps } from '../base/join.ts'
import { atOnce, type Steps } from '../base/steps.ts'
import type { NdArray, Shape } from '../tensor/ndarray.ts'
import { arrayBytes, checkArrays, decodeArray, encodeArray, type NamedArrays, type ScalarType } from './arrays.ts'
import { Bytes, damaged, encodeText, unsupported } from './bytes.ts'
import { isObject, type JsonObject, type JsonValue, parseJsonObject } from './json.ts'

const SCALARS: ReadonlyMap<JsonValue, ScalarType> = new Map([
  ['BOOL', 'bool'],
  ['U8', 'u8'],
  ['I8', 'i8'],
  ['U16', 'u16'],
  ['I16', 'i16'],
  ['U32', 'u32'],
  ['I32', 'i32'],
  ['U64', 'u64'],
  ['I64', 'i64'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F32', 'f32'],
  ['F64', 'f64'],
])

const NAMES = { f32: 'F32', u8: 'U8', i32: 'I32' } as const

const METADATA = '__metadata__'

/** Whether a file begins as such: with the length of its header, less than 16 MB, and a brace. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes[7] === 0 && bytes[4] === 0
}

export interface Safetensors {
  readonly arrays: NamedArrays
  /** Texts that travel with the arrays. */
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * The arrays in a .safetensors file. Floats become f32, bytes and truth values u8, other integers i32. As the format
 * demands, arrays must fill the file without gaps and without sharing bytes.
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when the file is damaged, `unsupported` for kinds of numbers that are not known
 */
export function readSafetensors(data: Uint8Array, what = 'safetensors file'): Safetensors {
  return atOnce(readSafetensorsSteps(data, what))
}

/** The same, in steps. */
export function* readSafetensorsSteps(data: Uint8Array, what: string): Steps<Safetensors> {
  const bytes = new Bytes(data, what)
  const length = bytes.u64(0)
  const header = parseJsonObject(bytes.slice(8, length), `${what}: header`)
  const buffer = bytes.part(8 + length, bytes.length - 8 - length)
  const entries = Object.entries(header).filter(([name]) => name !== METADATA)
  const places = entries.map(([name, entry]) => place(entry, `${what}: ${name}`))
  checkCover(places, buffer)
  const arrays = new Map<string, NdArray>()
  for (const [i, [name]] of entries.entries()) {
    arrays.set(name, decodePlace(places[i], buffer, `${what}: ${name}`))
    yield
  }
  return { arrays, metadata: metadataOf(header) }
}

interface Place {
  readonly type: ScalarType
  readonly shape: Shape
  readonly begin: number
  readonly end: number
}

function place(entry: JsonValue, what: string): Place {
  if (!isObject(entry)) throw damaged(what, 'must be an object with dtype, shape and data_offsets', entry)
  const { dtype, shape, data_offsets: offsets } = entry
  const type = SCALARS.get(dtype)
  if (!type) throw unsupported(what, 'holds a kind of numbers that is not known', dtype)
  if (!isSizes(shape)) throw damaged(what, 'has a shape that cannot be', shape)
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    throw damaged(what, 'has data_offsets that cannot be', offsets)
  return { type, shape, begin: offsets[0], end: offsets[1] }
}

function isSizes(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function checkCover(places: readonly Place[], { length, what }: Bytes): void {
  let end = 0
  for (const { begin, end: next } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== end) throw damaged(what, `has arrays with gaps or common bytes: one should begin at ${end}`, begin)
    end = next
  }
  if (end !== length) throw damaged(what, `has arrays that should end with the file, after ${length} bytes`, end)
}

function decodePlace({ type, shape, begin, end }: Place, buffer: Bytes, what: string): NdArray {
  if (arrayBytes(type, shape, what) !== end - begin)
    throw damaged(what, `needs ${arrayBytes(type, shape, what)} bytes for its shape`, end - begin)
  return decodeArray(buffer.slice(begin, end - begin), type, shape, what)
}

function metadataOf(header: JsonObject): ReadonlyMap<string, string> {
  const metadata = Object.hasOwn(header, METADATA) ? header[METADATA] : undefined
  const entries = isObject(metadata) ? Object.entries(metadata) : []
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** A .safetensors file; arrays stand in the order of their names, each aligned to its numbers. */
export function writeSafetensors(
  arrays: NamedArrays,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  checkArrays('writeSafetensors', arrays)
  checkTexts(metadata)
  return atOnce(writeSafetensorsSteps(arrays, metadata))
}

function checkTexts(metadata: unknown): void {
  if (!(metadata instanceof Map) || ![...metadata].flat().every((text) => typeof text === 'string'))
    throw new SeparableError('argument', `writeSafetensors: metadata must be a Map of texts, ${received(metadata)}`)
}

/** The same, in steps. */
export function* writeSafetensorsSteps(
  arrays: NamedArrays,
  metadata: ReadonlyMap<string, string>,
): Steps<Uint8Array<ArrayBuffer>> {
  if (arrays.has(METADATA)) throw damaged('writeSafetensors', 'cannot use this name for an array', METADATA)
  // Four-byte numbers first, so that they stay aligned.
  const order = [...arrays].sort(([a, x], [b, y]) => width(y) - width(x) || (a < b ? -1 : 1))
  let end = 0
  const entries = order.map(([name, array]) => {
    const begin = end
    end += array.data.byteLength
    return [name, { dtype: NAMES[array.dtype], shape: array.shape, data_offsets: [begin, end] }]
  })
  const texts = metadata.size > 0 ? [[METADATA, Object.fromEntries(metadata)]] : []
  const json = encodeText(JSON.stringify(Object.fromEntries([...texts, ...entries])))
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20)
  header.set(json)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  return yield* joinSteps([length, header, ...order.map(([, array]) => encodeArray(array))])
}

function width({ data }: NdArray): number {
  return data.BYTES_PER_ELEMENT
}
