/**
 * @file Zip archives (APPNOTE 6.3.10) without encryption and zip64: what .keras and .npz files are. Read from the central
 * directory, as Python does; sizes and checksums are compared before anything is believed.
 */
import { crc32Steps } from '../base/crc32.ts'
import { joinBytes, joinSteps } from '../base/join.ts'
import { atOnce, type Steps } from '../base/steps.ts'
import { Budget, Bytes, damaged, decodeText, encodeText, unsupported } from './bytes.ts'
import { inflate, inflateStart } from './inflate.ts'

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const LONGEST_COMMENT = 0xffff

/** The most entries of an archive. */
const MAX_ZIP_ENTRIES = 10_000
/**
 * All entries together may unpack to this many bytes for each byte of the archive, and to `FREE_BYTES` in any case. Numbers hardly
 * get smaller when they are packed; those of pruned networks do by ten times.
 */
const MAX_ZIP_RATIO = 20
const FREE_BYTES = 2 ** 24

const STORED = 0
const DEFLATED = 8

/**
 * The files in an archive by their names; folders are left out. Names are only names: nothing is ever written to them.
 * @param what the name of the archive, for messages
 * @param expected what an entry of this name must be; undefined leaves it packed. Default: anything
 * @throws SeparableError `data` when the archive is damaged or unpacks to more than it may, `unsupported` for encryption,
 *   zip64 and methods other than stored and deflated
 */
export function readZip(
  data: Uint8Array,
  what?: string,
  expected?: (name: string) => Expected | undefined,
): ReadonlyMap<string, Uint8Array> {
  return atOnce(readZipSteps(data, what, expected))
}

/** The same, in steps. */
export function* readZipSteps(
  data: Uint8Array,
  what = 'zip archive',
  expected: (name: string) => Expected | undefined = () => ({}),
): Steps<ReadonlyMap<string, Uint8Array>> {
  const bytes = new Bytes(data, what)
  const budget = new Budget(what, FREE_BYTES + MAX_ZIP_RATIO * data.length)
  const wanted = entriesIn(bytes).flatMap((entry) => {
    const must = expected(entry.name)
    return must ? [{ entry, must }] : []
  })
  // All sizes are paid for, and all beginnings looked at, before the first entry is unpacked.
  for (const { entry, must } of wanted) {
    const part = `${what}: ${entry.name}`
    if (must.most !== undefined && entry.size > must.most)
      throw damaged(part, `is too large: at most ${must.most} bytes`, entry.size)
    budget.spend(entry.size)
    checkBeginning(bytes, entry, must.begins ?? [])
  }
  const unpacked = new Map<string, Uint8Array>()
  for (const { entry } of wanted) unpacked.set(entry.name, yield* unpack(bytes, entry))
  return unpacked
}

/** What an entry must be, looked at before it is unpacked. */
export interface Expected {
  /** The most bytes that it may have. */
  readonly most?: number
  /** Its first bytes. */
  readonly begins?: readonly number[]
}

/** The names of the files in an archive; nothing is unpacked. @throws SeparableError as `readZip` */
export function zipNames(data: Uint8Array, what = 'zip archive'): string[] {
  return entriesIn(new Bytes(data, what)).map(({ name }) => name)
}

function entriesIn(bytes: Bytes): Entry[] {
  const { what } = bytes
  const end = findEnd(bytes)
  const count = bytes.u16(end + 10)
  if (count > MAX_ZIP_ENTRIES) throw damaged(what, `has too many entries: at most ${MAX_ZIP_ENTRIES}`, count)
  const names = new Set<string>()
  let at = bytes.u32(end + 16)
  return Array.from({ length: count }, () => {
    const entry = readEntry(bytes, at)
    at = entry.next
    if (names.has(entry.name)) throw damaged(what, 'holds two entries of one name', entry.name)
    names.add(entry.name)
    return entry
  }).filter(({ name }) => !name.endsWith('/'))
}

/** The end record is followed by a comment at most. */
function findEnd(bytes: Bytes): number {
  const last = bytes.length - END_BYTES
  for (let at = last; at >= 0 && at >= last - LONGEST_COMMENT; at--)
    if (bytes.u32(at) === END_SIGNATURE && at + END_BYTES + bytes.u16(at + 20) === bytes.length) return at
  throw damaged(bytes.what, 'is no zip archive, or it is cut off', bytes.length)
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly checksum: number
  readonly packed: number
  readonly size: number
  readonly header: number
  readonly next: number
}

function readEntry(bytes: Bytes, at: number): Entry {
  const { what } = bytes
  if (bytes.u32(at) !== ENTRY_SIGNATURE) throw damaged(what, 'has a damaged directory', bytes.u32(at))
  const flags = bytes.u16(at + 8)
  const nameLength = bytes.u16(at + 28)
  const name = decodeText(bytes.slice(at + 46, nameLength))
  if (flags & 1) throw unsupported(what, 'holds an encrypted entry', name)
  const entry = {
    name,
    method: bytes.u16(at + 10),
    checksum: bytes.u32(at + 16),
    packed: bytes.u32(at + 20),
    size: bytes.u32(at + 24),
    header: bytes.u32(at + 42),
    next: at + 46 + nameLength + bytes.u16(at + 30) + bytes.u16(at + 32),
  }
  if ([entry.packed, entry.size, entry.header].includes(0xffffffff))
    throw unsupported(what, 'is a zip64 archive, which is only needed above 4 GB', name)
  return entry
}

function contentOf(bytes: Bytes, { name, packed, header }: Entry): Uint8Array {
  if (bytes.u32(header) !== LOCAL_SIGNATURE)
    throw damaged(`${bytes.what}: ${name}`, 'has a damaged header', bytes.u32(header))
  return bytes.slice(header + 30 + bytes.u16(header + 26) + bytes.u16(header + 28), packed)
}

function checkBeginning(bytes: Bytes, entry: Entry, begins: readonly number[]): void {
  const what = `${bytes.what}: ${entry.name}`
  const content = contentOf(bytes, entry)
  const first = entry.method === DEFLATED ? inflateStart(content, begins.length, what) : content
  if (begins.some((byte, i) => first[i] !== byte))
    throw damaged(what, 'is not what its name says', first.slice(0, begins.length))
}

function* unpack(bytes: Bytes, entry: Entry): Steps<Uint8Array> {
  const { name, method, checksum, packed, size } = entry
  const what = `${bytes.what}: ${name}`
  const content = contentOf(bytes, entry)
  if (method === STORED && packed !== size) throw damaged(what, `should have ${size} bytes`, packed)
  if (method !== STORED && method !== DEFLATED) throw unsupported(what, 'is packed in a way that is not known', method)
  const unpacked = method === STORED ? content : inflate(content, size, what)
  const found = yield* crc32Steps(unpacked)
  if (found !== checksum) throw damaged(what, 'is damaged: its checksum is wrong', found)
  return unpacked
}

/** An archive of stored entries, in this order; the same files make the same bytes. */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  return atOnce(writeZipSteps(files))
}

/** The same, in steps. */
export function* writeZipSteps(files: ReadonlyMap<string, Uint8Array>): Steps<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const [name, content] of files) {
    const label = encodeText(name)
    const common = entryHeader(yield* crc32Steps(content), content.length, label.length)
    const local = joinBytes([u32(LOCAL_SIGNATURE), common, label])
    directory.push(u32(ENTRY_SIGNATURE), u16(VERSION), common, UNUSED, u32(at), label)
    pieces.push(local, content)
    at += local.length + content.length
  }
  const listing = joinBytes(directory)
  const end = [u32(END_SIGNATURE), u32(0), u16(files.size), u16(files.size), u32(listing.length), u32(at), u16(0)]
  return yield* joinSteps([...pieces, listing, ...end])
}

/** 2.0, which is all that folders and stored entries need. */
const VERSION = 20
/** Comment, disk and attributes of an entry. */
const UNUSED = new Uint8Array(10)
/** Names are UTF-8. */
const FLAGS = 0x0800
/** The first day that a zip can name: 1980-01-01, midnight. */
const DATE = 0x21

/** What local headers and entries of the directory have in common. */
function entryHeader(checksum: number, length: number, nameLength: number): Uint8Array {
  const sizes = [u32(checksum), u32(length), u32(length)]
  return joinBytes([u16(VERSION), u16(FLAGS), u16(STORED), u16(0), u16(DATE), ...sizes, u16(nameLength), u16(0)])
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24)
}
