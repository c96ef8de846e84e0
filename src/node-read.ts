/** @file Reading of files in Node: regular ones alone, and never more than they may have. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { received, SeparableError } from './base/errors.ts'
import { MAX_FILE_BYTES } from './formats/bytes.ts'

/** Bytes that are asked for at once where a file does not know its size. */
const PIECE_BYTES = 2 ** 20

/**
 * A regular file, open. One that is none ends here: a device may never end, a pipe may never begin.
 * @throws SeparableError (`io`) for anything else, and errors of the system
 */
export async function openRegular(path: string): Promise<FileHandle> {
  // Without this flag, which Windows does not know, opening a pipe waits until somebody writes into it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await file.stat()
    if (found.isFile()) return file
    const kind = found.isDirectory()
      ? 'a folder'
      : found.isFIFO()
        ? 'a pipe'
        : found.isSocket()
          ? 'a socket'
          : 'a device'
    throw new SeparableError('io', `cannot read ${path}: it must be a regular file, ${received(kind)}`)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The bytes of a regular file. @throws SeparableError (`data`) when there are more than `most`, and as `openRegular` */
export async function readWhole(path: string, most: number = MAX_FILE_BYTES): Promise<Uint8Array> {
  const file = await openRegular(path)
  try {
    const { size } = await file.stat()
    if (size > most) throw tooLarge(path, most, size)
    return await readPieces(file, path, size, most)
  } finally {
    await file.close()
  }
}

function tooLarge(path: string, most: number, size: number): SeparableError {
  return new SeparableError('data', `${path} is too large: at most ${most} bytes, ${received(size)}`)
}

/** Until the end, wherever that is: files grow while they are read, and those of /proc say that they are empty. */
async function readPieces(file: FileHandle, path: string, size: number, most: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.max(size, 1))
  let length = 0
  for (;;) {
    if (length === bytes.length) {
      const more = new Uint8Array(1)
      if ((await file.read(more, 0, 1, null)).bytesRead === 0) return bytes
      if (length >= most) throw tooLarge(path, most, length + 1)
      const longer = new Uint8Array(Math.min(most, 2 * length + PIECE_BYTES))
      longer.set(bytes)
      longer.set(more, length++)
      bytes = longer
      continue
    }
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
    if (bytesRead === 0) return bytes.subarray(0, length)
    length += bytesRead
  }
}
