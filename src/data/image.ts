/** @file Single pictures from files: told by their first bytes, decoded and resized to [H,W,C] bytes. */
import { received, SeparableError } from '../base/errors.ts'
import { getPlatform, type ImageFormat } from '../base/platform.ts'
import { rejectStandIn } from '../formats/foreign.ts'
import { checkArgs, field } from '../nn/schema.ts'
import { NdArray } from '../tensor/ndarray.ts'

export interface ImageOptions {
  /** [height, width] to which pictures are stretched, or one number for both. Default [96, 96]. */
  readonly imageSize?: number | readonly [height: number, width: number] | undefined
  /** Default "rgb". */
  readonly colorMode?: 'rgb' | 'grayscale' | undefined
}

const DEFAULT_SIZE = 96
const MAX_SIDE = 4096
const MAX_FILE_BYTES = 64 * 2 ** 20

/** Decoders of other kinds, some of which read further files, never see the bytes. */
const SIGNATURES = [/^\xff\xd8\xff/, /^\x89PNG\r\n/, /^GIF8[79]a/, /^RIFF.{4}WEBP/s]
const SIGNATURE_BYTES = 12

/** Pictures that are known by their first bytes, but not read. */
const OTHER_KINDS = [
  ['BMP', /^BM/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['AVIF', /^.{4}ftypavi[fs]/s],
  ['HEIC', /^.{4}ftyp(hei|hev|mif1|msf1)/s],
  ['JPEG XL', /^(\xff\n|.{4}JXL )/s],
  ['JPEG 2000', /^.{4}jP {2}/s],
  ['Photoshop', /^8BPS/],
] as const

/**
 * A picture from a JPEG, PNG, GIF (its first image) or WebP file: u8 [H,W,3], or [H,W,1] with `colorMode` "grayscale".
 * It stands upright as its camera says; what is transparent becomes white. Needs the package sharp.
 * Keras: https://keras.io/api/data_loading/image/ (`load_img`)
 *
 * @throws SeparableError `io` when the file cannot be read, `data` when it is no such picture, damaged or too large,
 * `argument` when an option does not fit, `unsupported` without sharp and in browsers
 */
export async function loadImage(path: string, options: ImageOptions = {}): Promise<NdArray<Uint8Array>> {
  checkPath('loadImage', path)
  checkArgs('loadImage', imageSchema, options)
  const format = imageFormat(options)
  return new NdArray(await decodeFile(path, format), [format.height, format.width, format.channels])
}

/** Names of options; `imageFormat` looks at their values, which depend on one another. */
const unchecked = (doc: string) => field({ doc, expects: 'anything', parse: (input) => input ?? null })

/** The options of a picture, for checks. */
export const imageSchema = {
  imageSize: unchecked('[height, width] to which pictures are stretched, or one number for both'),
  colorMode: unchecked('"rgb" or "grayscale"'),
}

/** @throws SeparableError (`argument`) unless it is a path */
export function checkPath(owner: string, path: unknown): void {
  if (typeof path !== 'string' || path === '')
    throw new SeparableError('argument', `${owner}: the path must be a text that is not empty, ${received(path)}`)
}

/** @throws SeparableError (`argument`) when an option does not fit */
export function imageFormat({ imageSize = DEFAULT_SIZE, colorMode = 'rgb' }: ImageOptions): ImageFormat {
  const [height, width, ...rest] = Array.isArray(imageSize) ? imageSize : [imageSize, imageSize]
  const fits = (side: number) => Number.isSafeInteger(side) && side >= 1 && side <= MAX_SIDE
  if (!fits(height) || !fits(width) || rest.length > 0)
    throw new SeparableError(
      'argument',
      `imageSize must be [height, width], each a whole number from 1 to ${MAX_SIDE}, ${received(imageSize)}`,
    )
  if (colorMode !== 'rgb' && colorMode !== 'grayscale')
    throw new SeparableError('argument', `colorMode must be "rgb" or "grayscale", ${received(colorMode)}`)
  return { height, width, channels: colorMode === 'rgb' ? 3 : 1 }
}

/**
 * Why this file is not read as a picture, judged by its size and its first bytes, whatever its name; undefined when it is.
 * @throws SeparableError (`io`) when it cannot be looked at
 */
export async function whyNoPicture(path: string): Promise<string | undefined> {
  const platform = getPlatform()
  const size = (await platform.fileSize(path)) ?? 0
  if (size > MAX_FILE_BYTES) return `${path} is too large: at most ${MAX_FILE_BYTES} bytes, ${received(size)}`
  const beginning = String.fromCharCode(...(await platform.readStart(path, SIGNATURE_BYTES)))
  if (SIGNATURES.some((signature) => signature.test(beginning))) return undefined
  const [kind] = OTHER_KINDS.find(([, signature]) => signature.test(beginning)) ?? []
  const foreign = await standIn(path)
  if (foreign) return foreign
  return kind
    ? `${path} is a ${kind} picture; JPEG, PNG, GIF and WebP are read: convert it, ${received(kind)}`
    : `${path} is not a JPEG, PNG, GIF or WebP file, ${received(beginning)}`
}

/** Why a file is no picture, when it stands for one that did not come: a page about it, a pointer to it, nothing. */
async function standIn(path: string): Promise<string | undefined> {
  const head = await getPlatform().readStart(path, 512)
  try {
    rejectStandIn(head, path)
    return undefined
  } catch (error) {
    return error instanceof SeparableError && error.message.startsWith(path) ? error.message : undefined
  }
}

/** The pixels of a picture, H*W*C bytes. @throws SeparableError as `loadImage` */
export async function decodeFile(path: string, format: ImageFormat): Promise<Uint8Array> {
  const reason = await whyNoPicture(path)
  if (reason !== undefined) throw new SeparableError('data', reason)
  const platform = getPlatform()
  return platform.decodeImage(path, await platform.readFile(path, MAX_FILE_BYTES), format)
}
