/**
 * @file Object headers of HDF5 (file format specification, section IV.A): each group and data set is a list of messages,
 * which may continue elsewhere in the file.
 */
import { type Budget, type Bytes, damaged, unsupported } from '../bytes.ts'

/** The messages that matter here, by their number. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

const SHARED = 2

export interface Message {
  readonly type: number
  readonly body: Bytes
}

interface Source {
  readonly file: Bytes
  readonly budget: Budget
}

interface Block {
  readonly at: number
  readonly length: number
}

/**
 * All messages of the object at this address, without the continuations.
 * @param budget pays for the bytes of the header
 * @throws SeparableError when it is damaged
 */
export function readMessages(file: Bytes, address: number, budget: Budget): Message[] {
  const source = { file, budget }
  const messages = file.startsWith(OHDR, address) ? readModern(source, address) : readClassic(source, address)
  return messages.filter(({ type }) => type !== MESSAGE.continuation)
}

const OHDR = [0x4f, 0x48, 0x44, 0x52]
const OCHK = [0x4f, 0x43, 0x48, 0x4b]

/** Version 1, which h5py writes unless it is told to use the newest. */
function readClassic({ file, budget }: Source, address: number): Message[] {
  if (file.u8(address) !== 1) throw damaged(file.what, 'has an object header of no known version', file.u8(address))
  const read = (block: Block): Message[] => {
    const messages: Message[] = []
    const end = block.at + block.length
    for (let at = block.at; at + 8 <= end; at += 8 + file.u16(at + 2)) {
      const [type, length, flags] = [file.u16(at), file.u16(at + 2), file.u8(at + 4)]
      if (at + 8 + length > end) throw damaged(file.what, 'has an object header that is cut off', length)
      messages.push({ type, body: bodyOf(file, { type, flags, at: at + 8, length }) })
    }
    return messages
  }
  return follow({ file, budget }, { at: address + 16, length: file.u32(address + 8) }, read)
}

/** Version 2, with checksums, which are not verified. */
function readModern({ file, budget }: Source, address: number): Message[] {
  const flags = file.u8(address + 5)
  const sizeAt = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const sizeBytes = 1 << (flags & 3)
  const prefix = flags & 4 ? 6 : 4
  const read = (block: Block): Message[] => {
    const messages: Message[] = []
    const end = block.at + block.length
    for (let at = block.at; at + prefix <= end; at += prefix + file.u16(at + 1)) {
      const [type, length, flags] = [file.u8(at), file.u16(at + 1), file.u8(at + 3)]
      if (at + prefix + length > end) throw damaged(file.what, 'has an object header that is cut off', length)
      messages.push({ type, body: bodyOf(file, { type, flags, at: at + prefix, length }) })
    }
    return messages
  }
  const first = { at: sizeAt + sizeBytes, length: uint(file, sizeAt, sizeBytes) }
  return follow({ file, budget }, first, (block) => {
    if (block === first) return read(block)
    if (!file.startsWith(OCHK, block.at)) throw damaged(file.what, 'has a damaged object header', block.at)
    return read({ at: block.at + 4, length: block.length - 8 })
  })
}

/** Reads a block of messages and those that it says it continues in, each once. */
function follow({ file, budget }: Source, first: Block, read: (block: Block) => Message[]): Message[] {
  const messages: Message[] = []
  const seen = new Set<number>()
  const waiting = [first]
  for (let block = waiting.shift(); block; block = waiting.shift()) {
    if (seen.has(block.at)) throw damaged(file.what, 'has an object header that runs in circles', block.at)
    seen.add(block.at)
    budget.spend(file.slice(block.at, block.length).length)
    for (const message of read(block)) {
      messages.push(message)
      if (message.type === MESSAGE.continuation) waiting.push({ at: message.body.u64(0), length: message.body.u64(8) })
    }
  }
  return messages
}

interface Place extends Block {
  readonly type: number
  readonly flags: number
}

function bodyOf(file: Bytes, { type, flags, at, length }: Place): Bytes {
  const known = (Object.values(MESSAGE) as number[]).includes(type)
  if (known && flags & SHARED) throw unsupported(file.what, 'shares parts between objects (committed types)', type)
  return file.part(at, length)
}

/** A little-endian number of 1, 2, 4 or 8 bytes. */
export function uint(bytes: Bytes, at: number, size: number): number {
  if (size === 1) return bytes.u8(at)
  if (size === 2) return bytes.u16(at)
  return size === 4 ? bytes.u32(at) : bytes.u64(at)
}

/** An address in the file; undefined when it points nowhere. */
export function addressAt(bytes: Bytes, at: number): number | undefined {
  const raw = bytes.slice(at, 8)
  return raw.every((byte) => byte === 0xff) ? undefined : bytes.u64(at)
}
