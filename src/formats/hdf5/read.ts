/**
 * @file Reads HDF5 files as far as Keras and h5py go: groups of either kind, attributes, data sets that lie in one piece, in
 * their header or in chunks, packed by deflate and shuffle. Where a file would make us wander in circles, reserve more memory
 * than it could ever fill or look outside, it is refused; the usual libraries trust files too much for that.
 * Source: HDF5 file format specification, version 3.
 */
import type { NdArray, Shape } from '../../tensor/ndarray.ts'
import { arrayBytes, decodeArray } from '../arrays.ts'
import { Budget, Bytes, damaged, unsupported } from '../bytes.ts'
import { type ElementType, parseSpace, parseType } from './datatype.ts'
import { addressAt, MESSAGE, type Message, readMessages, uint } from './header.ts'
import { GlobalHeaps } from './heap.ts'
import { readLayout } from './layout.ts'
import { treeLeaves } from './tree.ts'

export const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/** Far more than the groups and data sets of any network and its optimizer. */
const MAX_OBJECTS = 100_000
/** How deep groups may stand in one another. */
const MAX_DEPTH = 64
/** Arrays may take this many bytes of memory for each byte of the file, and `FREE_BYTES` in any case. */
const MAX_RATIO = 100
const FREE_BYTES = 2 ** 24

/** The value of an attribute: one text, several, or numbers. */
export type AttributeValue = string | readonly string[] | NdArray

/** A group or a data set. */
abstract class H5Object {
  /** From the root, with slashes; '' for the root. */
  readonly path: string
  protected readonly file: OpenFile
  protected readonly messages: readonly Message[]

  constructor(file: OpenFile, path: string, messages: readonly Message[]) {
    this.file = file
    this.path = path
    this.messages = messages
  }

  /** The names of the attributes, in the order of the file. */
  get attributeNames(): string[] {
    return this.#attributes().map(({ name }) => name)
  }

  /**
   * The value of an attribute; undefined when there is none of this name.
   * @throws SeparableError `data` when it is damaged, `unsupported` when it is neither text nor numbers
   */
  attribute(name: string): AttributeValue | undefined {
    const found = this.#attributes().find((attribute) => attribute.name === name)
    if (!found) return undefined
    const { type, shape, data } = found
    const values = this.file.decode(data, type, shape, `${this.file.where(this.path)}@${name}`)
    return shape.length === 0 && Array.isArray(values) ? values[0] : values
  }

  #attributes() {
    return messagesOf(this.messages, MESSAGE.attribute).map(parseAttribute)
  }
}

export class H5Group extends H5Object {
  /** By their names, in the order of the file. */
  readonly children: ReadonlyMap<string, H5Group | H5Dataset>

  constructor(
    file: OpenFile,
    path: string,
    messages: readonly Message[],
    children: ReadonlyMap<string, H5Group | H5Dataset>,
  ) {
    super(file, path, messages)
    this.children = children
  }

  /** What lies at this path below the group; undefined when there is nothing. */
  find(path: string): H5Group | H5Dataset | undefined {
    return path
      .split('/')
      .filter(Boolean)
      .reduce<H5Group | H5Dataset | undefined>(
        (at, name) => (at instanceof H5Group ? at.children.get(name) : undefined),
        this,
      )
  }

  group(path: string): H5Group | undefined {
    const found = this.find(path)
    return found instanceof H5Group ? found : undefined
  }

  dataset(path: string): H5Dataset | undefined {
    const found = this.find(path)
    return found instanceof H5Dataset ? found : undefined
  }
}

export class H5Dataset extends H5Object {
  readonly shape: Shape
  readonly type: ElementType

  constructor(file: OpenFile, path: string, messages: readonly Message[]) {
    super(file, path, messages)
    this.shape = parseSpace(require(messages, MESSAGE.dataspace, file.where(path)))
    this.type = parseType(require(messages, MESSAGE.datatype, file.where(path)))
  }

  /**
   * The numbers: floats as f32, bytes and truth values as u8, other integers as i32.
   * @throws SeparableError `data` when it is damaged, `unsupported` when it holds no numbers
   */
  read(): NdArray {
    const what = this.file.where(this.path)
    const { type } = this
    const packed = type.kind === 'opaque' && type.bytes === 2 && this.attribute('dtype') === 'bfloat16'
    const element: ElementType = packed ? { kind: 'number', bytes: 2, scalar: 'bf16', littleEndian: true } : type
    if (element.kind !== 'number')
      throw unsupported(what, 'holds no numbers', element.kind === 'other' ? element.name : element.kind)
    const bytes = arrayBytes(element.scalar, this.shape, what)
    this.file.budget.spend(2 * bytes)
    const { content, budget } = this.file
    const data = readLayout(content, this.messages, { shape: this.shape, elementBytes: element.bytes, what, budget })
    return decodeArray(data, element.scalar, this.shape, what, element.littleEndian)
  }
}

/** The bytes of a file and what reading it may still cost. */
class OpenFile {
  readonly content: Bytes
  /** Pays for numbers and texts. */
  readonly budget: Budget
  /** Pays for headers and heaps, which no sound file shares between objects. */
  readonly structure: Budget
  readonly heaps: GlobalHeaps
  /** Where objects were found. */
  readonly seen = new Set<number>()

  constructor(content: Bytes) {
    this.content = content
    this.budget = new Budget(content.what, FREE_BYTES + MAX_RATIO * content.length)
    this.structure = new Budget(content.what, content.length)
    this.heaps = new GlobalHeaps(content, this.structure)
  }

  where(path: string): string {
    return path === '' ? this.content.what : `${this.content.what}: ${path}`
  }

  decode(data: Bytes, type: ElementType, shape: Shape, what: string): readonly string[] | NdArray {
    if (type.kind === 'number') {
      const bytes = arrayBytes(type.scalar, shape, what)
      return decodeArray(data.slice(0, bytes), type.scalar, shape, what, type.littleEndian)
    }
    if (type.kind !== 'text' && type.kind !== 'heapText')
      throw unsupported(what, 'is neither text nor numbers', type.kind === 'other' ? type.name : type.kind)
    const count = arrayBytes('u8', shape, what)
    data.slice(0, count * type.bytes)
    return Array.from({ length: type.bytes === 0 ? 0 : count }, (_, i) => {
      const at = i * type.bytes
      const text = type.kind === 'text' ? data.text(at, type.bytes) : this.heaps.text(data, at)
      this.budget.spend(2 * text.length)
      return text
    })
  }
}

/**
 * The root group of a file. Its structure is read at once, the numbers when they are asked for.
 * @param what the name of the file, for messages
 * @throws SeparableError `data` when the file is damaged, `unsupported` when it uses parts of HDF5 that are not known here
 */
export function readHdf5(data: Uint8Array, what = 'HDF5 file'): H5Group {
  const file = new OpenFile(new Bytes(data, what))
  const root = openObject(file, rootAddress(file.content), '', 0)
  if (root instanceof H5Group) return root
  throw damaged(what, 'begins with a data set instead of a group', 'a data set')
}

function rootAddress(file: Bytes): number {
  if (!file.startsWith(HDF5_SIGNATURE)) throw damaged(file.what, 'is no HDF5 file', file.data.subarray(0, 8))
  const version = file.u8(8)
  if (version > 3) throw unsupported(file.what, 'has a version of HDF5 that is not known', version)
  const sizes = version < 2 ? [file.u8(13), file.u8(14)] : [file.u8(9), file.u8(10)]
  if (sizes.some((size) => size !== 8)) throw unsupported(file.what, 'has addresses that are not of 8 bytes', sizes)
  const base = [24, 28, 12, 12][version]
  if (file.u64(base) !== 0) throw unsupported(file.what, 'does not begin where the file begins', file.u64(base))
  const end = file.u64(base + 16)
  if (end > file.length) throw damaged(file.what, `is cut off: it should have ${end} bytes`, file.length)
  return file.u64([64, 68, 36, 36][version])
}

function openObject(file: OpenFile, address: number, path: string, depth: number): H5Group | H5Dataset {
  const what = file.where(path)
  if (file.seen.has(address)) throw damaged(what, 'lies where another object lies already', address)
  if (depth > MAX_DEPTH) throw damaged(what, `lies too deep: at most ${MAX_DEPTH} groups`, depth)
  if (file.seen.size >= MAX_OBJECTS)
    throw damaged(what, `is one object too many: at most ${MAX_OBJECTS}`, file.seen.size)
  file.seen.add(address)
  const messages = readMessages(file.content, address, file.structure)
  for (const body of messagesOf(messages, MESSAGE.attributeInfo))
    if (addressAt(body, body.u8(1) & 1 ? 4 : 2) !== undefined)
      throw unsupported(what, 'keeps attributes outside of its header (written with libver="latest"?)', 'a heap')
  if (messages.some(({ type }) => type === MESSAGE.layout)) return new H5Dataset(file, path, messages)
  const children = new Map<string, H5Group | H5Dataset>()
  for (const { name, address } of links(file.content, messages, what)) {
    if (children.has(name)) throw damaged(what, 'holds two objects of one name', name)
    children.set(name, openObject(file, address, path === '' ? name : `${path}/${name}`, depth + 1))
  }
  return new H5Group(file, path, messages, children)
}

function messagesOf(messages: readonly Message[], wanted: number): Bytes[] {
  return messages.filter(({ type }) => type === wanted).map(({ body }) => body)
}

function require(messages: readonly Message[], wanted: number, what: string): Bytes {
  const [body] = messagesOf(messages, wanted)
  if (body) return body
  throw damaged(what, 'lacks a part of its header', wanted)
}

function parseAttribute(body: Bytes) {
  const version = body.u8(0)
  if (version < 1 || version > 3) throw damaged(body.what, 'has an attribute of no known version', version)
  if (version > 1 && body.u8(1) !== 0) throw unsupported(body.what, 'has an attribute of a committed type', body.u8(1))
  const pad = (size: number) => (version === 1 ? 8 * Math.ceil(size / 8) : size)
  const [nameBytes, typeBytes, spaceBytes] = [body.u16(2), body.u16(4), body.u16(6)]
  const nameAt = version === 3 ? 9 : 8
  const typeAt = nameAt + pad(nameBytes)
  const spaceAt = typeAt + pad(typeBytes)
  const dataAt = spaceAt + pad(spaceBytes)
  return {
    name: body.text(nameAt, nameBytes),
    type: parseType(body.part(typeAt, typeBytes)),
    shape: parseSpace(body.part(spaceAt, spaceBytes)),
    data: body.part(dataAt, body.length - dataAt),
  }
}

// ------------------------------------------------------------------------------ groups

interface Link {
  readonly name: string
  readonly address: number
}

function links(file: Bytes, messages: readonly Message[], what: string): Link[] {
  for (const body of messagesOf(messages, MESSAGE.linkInfo))
    if (addressAt(body, body.u8(1) & 1 ? 10 : 2) !== undefined)
      throw unsupported(what, 'is a group of the newest kind (written with libver="latest"?)', 'a heap')
  const modern = messagesOf(messages, MESSAGE.link).map((body) => parseLink(body, what))
  const classic = messagesOf(messages, MESSAGE.symbolTable).flatMap((body) => symbolTable(file, body, what))
  return [...modern, ...classic]
}

function parseLink(body: Bytes, what: string): Link {
  const flags = body.u8(1)
  let at = 2
  const kind = flags & 8 ? body.u8(at++) : 0
  if (flags & 4) at += 8
  if (flags & 16) at += 1
  const lengthBytes = 1 << (flags & 3)
  const length = uint(body, at, lengthBytes)
  const name = checkedName(body.text(at + lengthBytes, length), what)
  if (kind !== 0) throw unsupported(what, 'holds a link instead of an object', name)
  return { name, address: body.u64(at + lengthBytes + length) }
}

const [NODE, HEAP] = ['SNOD', 'HEAP'].map((text) => Array.from(text, (letter) => letter.charCodeAt(0)))
const SOFT_LINK = 2
/** The longest name that is read, in bytes. */
const MAX_NAME_BYTES = 1024

/** Names in a local heap, objects in the leaves of a B-tree. */
function symbolTable(file: Bytes, body: Bytes, what: string): Link[] {
  const heap = body.u64(8)
  if (!file.startsWith(HEAP, heap)) throw damaged(what, 'has no heap for its names', heap)
  const names = file.part(file.u64(heap + 24), file.u64(heap + 8))
  return treeLeaves(file, body.u64(0), 0, what, (at) => [file.u64(at + 8), at + 16]).flatMap((leaf) => {
    if (!file.startsWith(NODE, leaf)) throw damaged(what, 'has a damaged list of objects', leaf)
    return Array.from({ length: file.u16(leaf + 6) }, (_, i) => {
      const entry = leaf + 8 + 40 * i
      const nameAt = file.u64(entry)
      const name = checkedName(names.text(nameAt, Math.min(MAX_NAME_BYTES, names.length - nameAt)), what)
      if (file.u32(entry + 16) === SOFT_LINK) throw unsupported(what, 'holds a link instead of an object', name)
      return { name, address: file.u64(entry + 8) }
    })
  })
}

function checkedName(name: string, what: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/')) return name
  throw damaged(what, 'holds an object whose name is none', name)
}
