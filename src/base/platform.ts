/**
 * @file What reading and caching data needs from the machine: files, environment variables, checksums. The entry for Node
 * puts an implementation in place; browsers have none, there data comes as bytes.
 */
import { SeparableError } from './errors.ts'

/** What lies in a folder; links are `other`, wherever they lead. */
export interface FolderEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
}

/** What a picture is decoded to. */
export interface ImageFormat {
  readonly height: number
  readonly width: number
  /** 3 for red, green and blue, 1 for grey. */
  readonly channels: 1 | 3
}

/** What is held until it is released. */
export interface FileLock {
  release(): Promise<void>
}

/** Paths use `/` or the machine's own separator. All methods that touch files throw SeparableError (`io`). */
export interface Platform {
  /** An environment variable; undefined when it is unset or empty. */
  env(name: string): string | undefined
  /** Where this library may keep downloads for the user. */
  cacheFolder(): string
  /** Bytes in a file; undefined when there is no such file, or something else of this name. */
  fileSize(path: string): Promise<number | undefined>
  /**
   * A whole regular file. Devices and pipes, which may never end, are refused, and so are files of more than `most` bytes.
   * @param most default: 2^31 - 1
   */
  readFile(path: string, most?: number): Promise<Uint8Array>
  /** Where a file really lies, behind all links. */
  realPath(path: string): Promise<string>
  readStream(path: string): ReadableStream<Uint8Array<ArrayBuffer>>
  /** Appends to a file, which is made when it is not there. */
  appendStream(path: string): WritableStream<Uint8Array>
  /** The first bytes of a file, at most so many. */
  readStart(path: string, bytes: number): Promise<Uint8Array>
  /**
   * A regular file appears complete or not at all; a link stays, and what it leads to is written. Devices and pipes are
   * written through.
   */
  writeFileAtomic(path: string, data: Uint8Array): Promise<void>
  /** What lies in a folder, in any order. */
  listFolder(path: string): Promise<readonly FolderEntry[]>
  /**
   * The picture in these bytes, stretched to this size: H*W*C bytes. The path is for messages.
   * @throws SeparableError (`data`) when it cannot be decoded, (`unsupported`) when nothing here can decode pictures
   */
  decodeImage(path: string, bytes: Uint8Array, format: ImageFormat): Promise<Uint8Array>
  /** Makes a folder and those above it; one that exists is fine. */
  makeFolder(path: string): Promise<void>
  /**
   * Takes the lock that this file is; undefined while another process, or another call in this one, holds it. What processes
   * that are gone have left is taken over.
   */
  lock(path: string): Promise<FileLock | undefined>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; none is fine. */
  remove(path: string): Promise<void>
  /** The md5 sum of a file in lower-case hex. */
  md5(path: string): Promise<string>
}

let current: Platform | undefined

export function setPlatform(platform: Platform | undefined): void {
  current = platform
}

/** @throws SeparableError (`unsupported`) when this process has no files, as in a browser */
export function getPlatform(): Platform {
  if (current) return current
  throw new SeparableError(
    'unsupported',
    `no file system: in Node import 'separable' first; in a browser pass bytes instead of a path (loadModel, parseCifar10, parseIdx) and take toBlob instead of save, received: no platform`,
  )
}
