/**
 * @file Writes HDF5 files in the oldest, most widely read layout (superblock 0, symbol tables, data in one piece), which is
 * what h5py and therefore Keras write. Source: HDF5 file format specification, version 3; sections are named below.
 */
import { atOnce, type Steps } from '../../base/steps.ts'
import { NdArray } from '../../tensor/ndarray.ts'
import { encodeArray } from '../arrays.ts'
import { encodeText } from '../bytes.ts'
import { BytesOut, pad8 } from './bytes-out.ts'
import { arraySpace, arrayType, SCALAR_SPACE, TEXT_TYPE } from './encode.ts'
import { HeapWriter } from './heap-writer.ts'

/** A group to be written: texts about it, and what is in it. */
export interface GroupContent {
  readonly attributes?: ReadonlyMap<string, string | readonly string[]>
  readonly children: ReadonlyMap<string, GroupContent | NdArray>
}

/** As in h5py's files: half the entries of a list of objects, and of a node of the tree that finds these lists. */
const LIST_K = 4
const TREE_K = 16
const SUPERBLOCK_BYTES = 96
const UNDEFINED = 0xffffffffffffffffn

/** Bytes of the names that one attribute can hold: Keras spreads longer lists over several attributes, too. */
const MAX_ATTRIBUTE_BYTES = 64_512
const REFERENCE_BYTES = 16

interface Placed {
  readonly header: number
  /** Where a group's tree and names lie, so that readers need not look into its header. */
  readonly group?: readonly [tree: number, names: number]
}

/** An HDF5 file with this root group; the same content makes the same bytes. */
export function writeHdf5(root: GroupContent): Uint8Array<ArrayBuffer> {
  return atOnce(writeHdf5Steps(root))
}

/** The same, in steps. */
export function* writeHdf5Steps(root: GroupContent): Steps<Uint8Array<ArrayBuffer>> {
  const out = new BytesOut(SUPERBLOCK_BYTES)
  const heap = new HeapWriter(out)
  const placed = writeGroup(out, heap, root)
  heap.close()
  out.place(0, superblock(placed, out.length))
  return yield* out.finishSteps()
}

/** II.A, version 0. */
function superblock({ header, group = [0, 0] }: Placed, length: number): Uint8Array {
  const out = new BytesOut()
  out.bytes([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
  out.bytes([0, 0, 0, 0, 0, 8, 8, 0])
  out.u16(LIST_K).u16(TREE_K).u32(0)
  out.u64(0).u64(UNDEFINED).u64(length).u64(UNDEFINED)
  out.u64(0).u64(header).u32(1).u32(0).u64(group[0]).u64(group[1])
  return out.finish()
}

function writeGroup(out: BytesOut, heap: HeapWriter, { attributes, children }: GroupContent): Placed {
  const placed = [...children]
    .map(([name, child]) => ({
      name,
      ...(child instanceof NdArray ? writeDataset(out, child) : writeGroup(out, heap, child)),
    }))
    .sort((a, b) => compareBytes(a.name, b.name))
  const names = localHeap(
    out,
    placed.map(({ name }) => name),
  )
  const lists = chunks(placed, 2 * LIST_K).map((entries) => ({
    address: out.add(objectList(entries, names.offsets)),
    last: names.offsets.get(entries[entries.length - 1].name) as number,
  }))
  const tree = writeTree(out, lists)
  const table = message(0x11, new BytesOut().u64(tree).u64(names.address).finish())
  const header = out.add(objectHeader([table, ...attributeMessages(heap, attributes)]))
  return { header, group: [tree, names.address] }
}

function compareBytes(a: string, b: string): number {
  const [x, y] = [encodeText(a), encodeText(b)]
  const at = x.findIndex((byte, i) => byte !== y[i])
  return at < 0 ? x.length - y.length : x[at] - (y[at] ?? -1)
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}

/** III.D: the names of a group's objects, each ending in NUL; the empty name at 0. */
function localHeap(out: BytesOut, names: readonly string[]) {
  const data = new BytesOut()
  data.u64(0)
  const offsets = new Map<string, number>()
  for (const name of names) {
    offsets.set(name, data.length)
    data.bytes(encodeText(`${name}\0`)).align()
  }
  const noFreeSpace = 1
  const header = new BytesOut().text('HEAP').u32(0).u64(data.length).u64(noFreeSpace)
  const address = out.add(
    header
      .u64(out.length + header.length + 8)
      .bytes(data.finish())
      .finish(),
  )
  return { address, offsets }
}

/** III.B and III.C: up to eight objects of a group, sorted by name. */
function objectList(entries: readonly (Placed & { readonly name: string })[], offsets: ReadonlyMap<string, number>) {
  const out = new BytesOut().text('SNOD').bytes([1, 0]).u16(entries.length)
  for (const { name, header, group } of entries)
    out
      .u64(offsets.get(name) as number)
      .u64(header)
      .u32(group ? 1 : 0)
      .u32(0)
      .u64(group?.[0] ?? 0)
      .u64(group?.[1] ?? 0)
  return out.zeros((2 * LIST_K - entries.length) * 40).finish()
}

interface Child {
  readonly address: number
  /** Where the last name below it stands among the names. */
  readonly last: number
}

/** III.A.1, for groups: a node names its children and, between them, the last name of the one before. */
function writeTree(out: BytesOut, children: readonly Child[], level = 0, first = 0): number {
  const groups = children.length > 0 ? chunks(children, 2 * TREE_K) : [[]]
  const nodeBytes = 24 + (2 * TREE_K + 1) * 8 + 2 * TREE_K * 8
  const begin = out.length
  const neighbour = (i: number) => (groups[i] ? begin + i * nodeBytes : UNDEFINED)
  let before = first
  const nodes = groups.map((group, i): Child => {
    const node = new BytesOut().text('TREE').bytes([0, level]).u16(group.length)
    node
      .u64(neighbour(i - 1))
      .u64(neighbour(i + 1))
      .u64(before)
    for (const { address, last } of group) {
      node.u64(address).u64(last)
      before = last
    }
    return { address: out.add(node.zeros(nodeBytes - node.length).finish()), last: before }
  })
  return nodes.length === 1 ? nodes[0].address : writeTree(out, nodes, level + 1, first)
}

// ------------------------------------------------------------------------------ object headers

function writeDataset(out: BytesOut, array: NdArray): Placed {
  const bytes = encodeArray(array)
  const address = bytes.length > 0 ? out.add(bytes) : UNDEFINED
  const contiguous = new BytesOut().bytes([3, 1]).u64(address).u64(bytes.length)
  const fillIfSet = Uint8Array.of(2, 2, 2, 1, 0, 0, 0, 0)
  const header = objectHeader([
    message(0x01, arraySpace(array.shape)),
    message(0x03, arrayType(array.dtype), CONSTANT),
    message(0x05, fillIfSet, CONSTANT),
    message(0x08, contiguous.finish()),
  ])
  return { header: out.add(header) }
}

const CONSTANT = 1

/** IV.A.1.a */
function message(type: number, body: Uint8Array, flags = 0): Uint8Array {
  return new BytesOut().u16(type).u16(pad8(body.length)).bytes([flags, 0, 0, 0]).bytes(body).align().finish()
}

function objectHeader(messages: readonly Uint8Array[]): Uint8Array {
  const size = messages.reduce((sum, { length }) => sum + length, 0)
  const out = new BytesOut().bytes([1, 0]).u16(messages.length).u32(1).u32(size).u32(0)
  for (const each of messages) out.bytes(each)
  return out.finish()
}

function attributeMessages(heap: HeapWriter, attributes: GroupContent['attributes'] = new Map()): Uint8Array[] {
  return [...attributes].flatMap(([name, value]) => {
    if (typeof value === 'string') return [attribute(name, TEXT_TYPE, SCALAR_SPACE, heap.add(value))]
    const parts = chunks(value, MAX_ATTRIBUTE_BYTES / REFERENCE_BYTES)
    // h5py knows no empty list of texts: it writes one of numbers.
    if (parts.length === 0) return [attribute(name, arrayType('f64'), arraySpace([0]), new Uint8Array(0))]
    return parts.map((texts, i) => {
      const references = new BytesOut()
      for (const text of texts) references.bytes(heap.add(text))
      const numbered = parts.length === 1 ? name : `${name}${i}`
      return attribute(numbered, TEXT_TYPE, arraySpace([texts.length]), references.finish())
    })
  })
}

/** IV.A.2.m, version 1. */
function attribute(name: string, type: Uint8Array, space: Uint8Array, data: Uint8Array): Uint8Array {
  const label = encodeText(`${name}\0`)
  const out = new BytesOut().bytes([1, 0]).u16(label.length).u16(type.length).u16(space.length)
  out.bytes(label).align().bytes(type).align().bytes(space).align().bytes(data)
  return message(0x0c, out.finish())
}
