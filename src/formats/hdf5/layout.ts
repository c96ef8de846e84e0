/**
 * @file Where the bytes of a data set lie in an HDF5 file: in its header, in one piece, or in chunks that may be packed
 * (file format specification, sections IV.A.2.i, IV.A.2.l and III.A.1).
 */
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { type Budget, type Bytes, damaged, unsupported } from '../bytes.ts'
import { inflate } from '../inflate.ts'
import { addressAt, MESSAGE, type Message } from './header.ts'
import { treeLeaves } from './tree.ts'

interface Wanted {
  readonly shape: Shape
  readonly elementBytes: number
  readonly what: string
  readonly budget: Budget
}

const COMPACT = 0
const CONTIGUOUS = 1
const CHUNKED = 2

/** The bytes of a data set, row-major. Parts that were never written are 0. The caller has paid for them. */
export function readLayout(file: Bytes, messages: readonly Message[], wanted: Wanted): Uint8Array {
  const { what, shape, elementBytes } = wanted
  const total = sizeOf(shape) * elementBytes
  const layout = messages.find(({ type }) => type === MESSAGE.layout)?.body as Bytes
  const [version, kind] = [layout.u8(0), layout.u8(1)]
  const filters = messages
    .filter(({ type }) => type === MESSAGE.filters)
    .flatMap(({ body }) => parseFilters(body, what))
  if (version < 3 || version > 4 || (version === 4 && kind === CHUNKED))
    throw unsupported(what, 'is stored in a way that is not known (written with libver="latest"?)', version)
  if (kind === COMPACT) return exactly(layout.slice(4, layout.u16(2)), total, what)
  if (kind === CONTIGUOUS) {
    const address = addressAt(layout, 2)
    return address === undefined ? new Uint8Array(total) : exactly(file.slice(address, layout.u64(10)), total, what)
  }
  if (kind !== CHUNKED) throw unsupported(what, 'is stored in a way that is not known', kind)
  return readChunks(file, layout, filters, wanted)
}

function exactly(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length === length) return bytes
  throw damaged(what, `should have ${length} bytes`, bytes.length)
}

// ------------------------------------------------------------------------------ chunks

function readChunks(file: Bytes, layout: Bytes, filters: readonly Filter[], wanted: Wanted): Uint8Array {
  const { shape, elementBytes, what, budget } = wanted
  const rank = shape.length
  if (layout.u8(2) !== rank + 1) throw damaged(what, 'has chunks of another rank', layout.u8(2) - 1)
  const chunk = shape.map((_, axis) => layout.u32(11 + 4 * axis))
  const chunkBytes = chunk.reduce((product, size) => product * size, elementBytes)
  const whole = new Uint8Array(sizeOf(shape) * elementBytes)
  const root = addressAt(layout, 3)
  if (root === undefined) return whole
  if (rank === 0 || !(chunkBytes > 0)) throw damaged(what, 'has chunks of a size that cannot be', chunk)
  const keyBytes = 8 + 8 * (rank + 1)
  const keys: number[] = []
  treeLeaves(file, root, 1, what, (at) => {
    keys.push(at)
    return [file.u64(at + keyBytes), at + keyBytes + 8]
  })
  for (const key of keys) {
    const origin = shape.map((_, axis) => file.u64(key + 8 + 8 * axis))
    if (origin.some((at, axis) => at >= shape[axis])) throw damaged(what, 'has a chunk outside of its shape', origin)
    budget.spend(2 * chunkBytes)
    const packed = file.slice(file.u64(key + keyBytes), file.u32(key))
    place(exactly(unpack(packed, filters, chunkBytes, what), chunkBytes, what), whole, { chunk, origin, ...wanted })
  }
  return whole
}

/** Copies a chunk into the array, row by row; what stands out over the edges is left. */
function place(
  bytes: Uint8Array,
  whole: Uint8Array,
  { chunk, origin, shape, elementBytes }: Wanted & { readonly chunk: Shape; readonly origin: Shape },
): void {
  const last = shape.length - 1
  const rowBytes = Math.min(chunk[last], shape[last] - origin[last]) * elementBytes
  const visit = (axis: number, from: number, to: number): void => {
    if (axis === last) {
      const begin = from * chunk[last] * elementBytes
      whole.set(bytes.subarray(begin, begin + rowBytes), (to * shape[last] + origin[last]) * elementBytes)
      return
    }
    const rows = Math.min(chunk[axis], shape[axis] - origin[axis])
    for (let row = 0; row < rows; row++)
      visit(axis + 1, from * chunk[axis] + row, to * shape[axis] + origin[axis] + row)
  }
  visit(0, 0, 0)
}

// ------------------------------------------------------------------------------ filters

interface Filter {
  readonly id: number
  /** What the filter was told when it packed. */
  readonly value: number
}

const DEFLATE = 1
const SHUFFLE = 2
const FLETCHER32 = 3
const MAX_FILTERS = 8

function parseFilters(body: Bytes, what: string): Filter[] {
  const version = body.u8(0)
  const count = body.u8(1)
  if (version < 1 || version > 2 || count > MAX_FILTERS) throw damaged(what, 'has a damaged list of filters', count)
  let at = version === 1 ? 8 : 2
  return Array.from({ length: count }, () => {
    const id = body.u16(at)
    const named = version === 1 || id >= 256
    const nameBytes = named ? 8 * Math.ceil(body.u16(at + 2) / 8) : 0
    if (named) at += 2
    const values = body.u16(at + 4)
    const valuesAt = at + 6 + nameBytes
    at = valuesAt + 4 * values + (version === 1 && values % 2 === 1 ? 4 : 0)
    return { id, value: values > 0 ? body.u32(valuesAt) : 0 }
  })
}

/** Undoes the filters, the last one first. */
function unpack(packed: Uint8Array, filters: readonly Filter[], size: number, what: string): Uint8Array {
  return filters.toReversed().reduce((bytes, { id, value }) => {
    // zlib: two bytes before the deflated ones, a checksum of four behind them.
    if (id === DEFLATE) return inflate(bytes.subarray(2), size, what)
    if (id === SHUFFLE) return unshuffle(bytes, value)
    if (id === FLETCHER32) return bytes.subarray(0, Math.max(0, bytes.length - 4))
    throw unsupported(what, 'is packed by a filter that is not known', id)
  }, packed)
}

/** All first bytes, then all second bytes, ...: back to element after element. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  if (width < 2 || bytes.length % width !== 0) return bytes
  const count = bytes.length / width
  const elements = new Uint8Array(bytes.length)
  for (let k = 0; k < width; k++) for (let i = 0; i < count; i++) elements[i * width + k] = bytes[k * count + i]
  return elements
}
