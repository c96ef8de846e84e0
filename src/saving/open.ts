/** @file Where files come from and go to: paths where there is a file system, bytes everywhere. */
import { breathe } from '../base/breath.ts'
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform } from '../base/platform.ts'
import { STEP_BYTES } from '../base/steps.ts'
import { MAX_FILE_BYTES } from '../formats/bytes.ts'
import { foreignError, foreignFolder, rejectForeign } from '../formats/foreign.ts'
import { type FileFormat, WRITERS } from './write.ts'

/** A path (in Node), or a file's content. */
export type FileSource = string | Uint8Array | ArrayBuffer | Blob

export interface OpenedFile {
  readonly bytes: Uint8Array
  /** For messages: the path, or the name of a File. */
  readonly what: string
}

/** @throws SeparableError `io` when it cannot be read, `data` when it is larger than files may be, or no file but a pointer to one */
export async function openFile(source: FileSource): Promise<OpenedFile> {
  const file = await contentOf(source)
  rejectForeign(file.bytes, file.what)
  return file
}

async function contentOf(source: FileSource): Promise<OpenedFile> {
  if (typeof source === 'string') {
    await refuseFolder(source)
    const { buffer, byteOffset, byteLength } = await getPlatform().readFile(source)
    return { bytes: new Uint8Array(buffer, byteOffset, byteLength), what: source }
  }
  if (source instanceof Blob) {
    const what = 'name' in source && typeof source.name === 'string' ? source.name : 'the file'
    checkSize(what, source.size)
    return { bytes: await bytesOf(source), what }
  }
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), what: 'the file' }
  if (source instanceof Uint8Array) return { bytes: source, what: 'the file' }
  throw new SeparableError('argument', `a file must be a path, bytes or a Blob, ${received(source)}`)
}

/** In pieces: the whole of a large one would take one long turn of the event loop. */
async function bytesOf(blob: Blob): Promise<Uint8Array> {
  const bytes = new Uint8Array(blob.size)
  for (let from = 0; from < blob.size; from += STEP_BYTES) {
    bytes.set(new Uint8Array(await blob.slice(from, from + STEP_BYTES).arrayBuffer()), from)
    await breathe()
  }
  return bytes
}

/** A folder is named by what lies in it. */
async function refuseFolder(path: string): Promise<void> {
  if ((await getPlatform().fileSize(path)) !== undefined) return
  const entries = await getPlatform()
    .listFolder(path)
    .catch(() => undefined)
  if (entries) throw foreignError(foreignFolder(entries.map(({ name }) => name)), path, `${entries.length} entries`)
}

function checkSize(what: string, size: number): void {
  if (size > MAX_FILE_BYTES)
    throw new SeparableError('data', `${what} is too large: at most ${MAX_FILE_BYTES} bytes, ${received(size)}`)
}

/** Endings of names, and the formats that they mean. The longest that fits counts. */
const ENDINGS: readonly (readonly [ending: string, format: FileFormat])[] = [
  ['.weights.h5', 'weights.h5'],
  ['.keras', 'keras'],
  ['.h5', 'h5'],
  ['.hdf5', 'h5'],
  ['.safetensors', 'safetensors'],
  ['.npz', 'npz'],
]

/** Formats that hold a whole model, not its weights alone. */
export const MODEL_FORMATS: readonly FileFormat[] = ['keras', 'h5']
/** Formats that hold the weights alone. */
export const WEIGHT_FORMATS: readonly FileFormat[] = ['weights.h5', 'safetensors', 'npz']

/**
 * The format that a path asks for.
 * @param others endings that the caller knows, for the message
 * @throws SeparableError (`argument`) when it is none of `formats`
 */
export function formatOfPath(
  owner: string,
  path: string,
  formats: readonly FileFormat[],
  others: readonly string[] = [],
): FileFormat {
  if (typeof path !== 'string') throw new SeparableError('argument', `${owner}: path must be a text, ${received(path)}`)
  const found = ENDINGS.find(([ending]) => path.toLowerCase().endsWith(ending))?.[1]
  if (found && formats.includes(found)) return found
  const endings = ENDINGS.filter(([, format]) => formats.includes(format)).map(([ending]) => ending)
  const known = [...endings, ...others].join(', ')
  throw new SeparableError('argument', `${owner}: the path must end with one of ${known}, ${received(path)}`)
}

/** @throws SeparableError (`argument`) when there is no such format */
export function checkFormat(owner: string, format: string): FileFormat {
  if (typeof format === 'string' && Object.hasOwn(WRITERS, format)) return format as FileFormat
  throw new SeparableError(
    'argument',
    `${owner}: the format must be one of ${Object.keys(WRITERS).join(', ')}, ${received(format)}`,
  )
}
