/** @file Decodes pictures in Node with the optional package sharp, which is loaded when the first picture is. */
import { received, SeparableError } from './base/errors.ts'
import type { ImageFormat } from './base/platform.ts'
import { luma } from './tensor/luma.ts'

/** As much of sharp as is used here: its own types would have to be installed to compile what uses this library. */
interface Sharp {
  autoOrient(): Sharp
  flatten(options: { readonly background: string }): Sharp
  resize(options: { readonly width: number; readonly height: number; readonly fit: 'fill' }): Sharp
  toColourspace(space: 'srgb'): Sharp
  raw(): Sharp
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array
    readonly info: { readonly channels: number }
  }>
}
type MakeSharp = (bytes: Uint8Array, options: { readonly limitInputPixels: number; readonly failOn: 'error' }) => Sharp

/** Larger pictures are refused before they are unpacked. */
const MAX_PIXELS = 2 ** 26

/** Package names that are no literals are resolved when the line runs, not when it is compiled. */
const PACKAGE: string = 'sharp'

let loaded: Promise<MakeSharp> | undefined

async function load(): Promise<MakeSharp> {
  try {
    const { default: make } = (await import(PACKAGE)) as { readonly default: MakeSharp }
    return make
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = received(code ?? message)
    throw new SeparableError(
      'unsupported',
      `reading pictures needs the package sharp: run "npm install sharp" where this runs, ${reason}`,
      { cause },
    )
  }
}

/** Pixels row by row, H*W*C bytes. @throws SeparableError `data` when it cannot be decoded, `unsupported` without sharp */
export async function decodeImage(
  path: string,
  bytes: Uint8Array,
  { height, width, channels }: ImageFormat,
): Promise<Uint8Array> {
  loaded ??= load()
  const make = await loaded
  try {
    const { data, info } = await make(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .resize({ width, height, fit: 'fill' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return withChannels(data, info.channels, channels)
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n')
    throw new SeparableError('data', `${path} cannot be decoded, ${received(reason)}`, { cause })
  }
}

/** From one channel, which grey pictures may keep, or three and more, to one or three. */
function withChannels(data: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return data
  const pixels = data.length / from
  if (from < 3) return Uint8Array.from({ length: pixels * to }, (_, i) => data[Math.floor(i / to) * from])
  if (to === 1)
    return Uint8Array.from({ length: pixels }, (_, i) => luma(data[i * from], data[i * from + 1], data[i * from + 2]))
  return Uint8Array.from({ length: pixels * to }, (_, i) => data[Math.floor(i / to) * from + (i % to)])
}
