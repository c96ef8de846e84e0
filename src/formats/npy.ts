/** @file NumPy's .npy (one array) and .npz (a zip of them): numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { joinBytes } from '../base/join.ts'
import { atOnce, type Steps } from '../base/steps.ts'
import { NdArray, type Shape, sizeOf } from '../tensor/ndarray.ts'
import {
  arrayBytes,
  checkArray,
  checkArrays,
  decodeArray,
  encodeArray,
  type NamedArrays,
  type ScalarType,
} from './arrays.ts'
import { Bytes, damaged, decodeText, encodeText, unsupported } from './bytes.ts'
import { readZipSteps, writeZipSteps } from './zip.ts'

const NPY_SIGNATURE = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** The longest header that is read, in bytes: 10,000 in NumPy too. */
const MAX_HEADER_BYTES = 10_000

const SCALARS: ReadonlyMap<string, ScalarType> = new Map([
  ['b1', 'bool'],
  ['u1', 'u8'],
  ['i1', 'i8'],
  ['u2', 'u16'],
  ['i2', 'i16'],
  ['u4', 'u32'],
  ['i4', 'i32'],
  ['u8', 'u64'],
  ['i8', 'i64'],
  ['f2', 'f16'],
  ['f4', 'f32'],
  ['f8', 'f64'],
])

const DESCRIPTIONS = { f32: '<f4', u8: '|u1', i32: '<i4' } as const

/**
 * The array in a .npy file (versions 1 to 3). Floats become f32, bytes and truth values u8, other integers i32.
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when the file is damaged, `unsupported` for Python objects, texts and complex numbers
 */
export function readNpy(data: Uint8Array, what = 'npy file'): NdArray {
  const bytes = new Bytes(data, what)
  if (!bytes.startsWith(NPY_SIGNATURE)) throw damaged(what, 'is no .npy file', bytes.data.subarray(0, 8))
  const version = bytes.u8(6)
  if (version < 1 || version > 3) throw unsupported(what, 'has a version of .npy that is not known', version)
  const [start, length] = version === 1 ? [10, bytes.u16(8)] : [12, bytes.u32(8)]
  if (length > MAX_HEADER_BYTES) throw damaged(what, `has a header of more than ${MAX_HEADER_BYTES} bytes`, length)
  const { type, littleEndian, fortranOrder, shape } = parseHeader(decodeText(bytes.slice(start, length)), what)
  const begin = start + length
  const numbers = bytes.slice(begin, arrayBytes(type, shape, what))
  if (begin + numbers.length !== bytes.length)
    throw damaged(what, `should end after ${begin + numbers.length} bytes`, bytes.length)
  if (!fortranOrder) return decodeArray(numbers, type, shape, what, littleEndian)
  return transpose(decodeArray(numbers, type, shape.toReversed(), what, littleEndian))
}

/** A Python dictionary with exactly these three keys. */
function parseHeader(header: string, what: string) {
  const value = (key: string, pattern: string): string => {
    const match = new RegExp(`['"]${key}['"]\\s*:\\s*(${pattern})`).exec(header)
    if (match) return match[1]
    throw key === 'descr' && /['"]descr['"]\s*:/.test(header)
      ? unsupported(what, 'holds records, not numbers', header)
      : damaged(what, `has a header without ${key}`, header)
  }
  const description = value('descr', `['"][^'"]*['"]`).slice(1, -1)
  const type = SCALARS.get(description.slice(1))
  if (!type || !'<>|='.includes(description[0]))
    throw unsupported(what, 'holds something other than numbers', description)
  const sizes = value('shape', '\\([\\d\\s,]*\\)').match(/\d+/g) ?? []
  return {
    type,
    littleEndian: description[0] !== '>',
    fortranOrder: value('fortran_order', 'True|False') === 'True',
    shape: sizes.map(Number),
  }
}

/** The array with its axes in reverse order: Fortran's order of elements becomes ours. */
function transpose(array: NdArray): NdArray {
  const shape = array.shape.toReversed()
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  const data = array.data.slice()
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < data.length; to++) {
    data[to] = array.data[from]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] += 1
      from += steps[axis]
      if (index[axis] < shape[axis]) break
      from -= steps[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return new NdArray(data, shape)
}

/** A .npy file, version 1, that NumPy reads with `numpy.load`. @throws SeparableError (`argument`) unless it is an NdArray */
export function writeNpy(array: NdArray): Uint8Array<ArrayBuffer> {
  checkArray('writeNpy', array)
  const sizes = tuple(array.shape)
  const header = `{'descr': '${DESCRIPTIONS[array.dtype]}', 'fortran_order': False, 'shape': ${sizes}, }`
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10
  const start = Uint8Array.of(...NPY_SIGNATURE, 1, 0, length & 255, length >> 8)
  return joinBytes([start, encodeText(`${header.padEnd(length - 1)}\n`), encodeArray(array)])
}

/** As Python writes it: `(3,)`. */
function tuple(shape: Shape): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
}

/**
 * The arrays in a .npz file by their names, without `.npy`.
 * @throws SeparableError as `readNpy`, and `data` when the zip is damaged
 */
export function readNpz(data: Uint8Array, what = 'npz file'): NamedArrays {
  return atOnce(readNpzSteps(data, what))
}

/** The same, in steps. */
export function* readNpzSteps(data: Uint8Array, what: string): Steps<NamedArrays> {
  const arrays = new Map<string, NdArray>()
  for (const [name, bytes] of yield* readZipSteps(data, what, () => ({ begins: NPY_SIGNATURE }))) {
    arrays.set(name.replace(/\.npy$/, ''), readNpy(bytes, `${what}: ${name}`))
    yield
  }
  return arrays
}

/**
 * A .npz file, not compressed, that NumPy reads with `numpy.load`.
 * @throws SeparableError (`argument`) unless these are NdArrays by name
 */
export function writeNpz(arrays: NamedArrays): Uint8Array<ArrayBuffer> {
  checkArrays('writeNpz', arrays)
  return atOnce(writeNpzSteps(arrays))
}

/** The same, in steps. */
export function* writeNpzSteps(arrays: NamedArrays): Steps<Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array>()
  for (const [name, array] of arrays) {
    files.set(`${name}.npy`, writeNpy(array))
    yield
  }
  return yield* writeZipSteps(files)
}
