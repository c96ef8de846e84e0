/** @file Pictures decoded by sharp, where it is installed: values, orientation, colours, and files that are damaged. */
import { describe, expect, it } from 'vitest'
import { decodeImage } from './node-image.ts'
import { encodePng } from './report/png.ts'
import { NdArray } from './tensor/ndarray.ts'

/** Not a literal: the types of a package that may not be installed are not asked for. */
const PACKAGE: string = 'sharp'
const sharp = await import(PACKAGE).then(
  ({ default: make }) => make,
  () => undefined,
)

const RGB = { height: 2, width: 2, channels: 3 } as const
// biome-ignore format: a picture
const PIXELS = new Uint8Array([
  255, 0, 0,   0, 255, 0,
  0, 0, 255,   9, 8, 7,
])
const PNG = encodePng(new NdArray(PIXELS, [2, 2, 3]))
const GREY = encodePng(new NdArray(Uint8Array.of(10, 20, 30, 40), [2, 2, 1]))

describe.skipIf(!sharp)('decodeImage (skipped without sharp)', () => {
  it('gives the pixels of a picture of the right size as they are', async () => {
    expect(Array.from(await decodeImage('a.png', PNG, RGB))).toEqual(Array.from(PIXELS))
  })

  it('brings grey and colour into one another', async () => {
    expect(Array.from(await decodeImage('a.png', GREY, RGB))).toEqual([10, 20, 30, 40].flatMap((v) => [v, v, v]))
    expect(Array.from(await decodeImage('a.png', GREY, { ...RGB, channels: 1 }))).toEqual([10, 20, 30, 40])
    // As Pillow's convert("L").
    expect(Array.from(await decodeImage('a.png', PNG, { ...RGB, channels: 1 }))).toEqual([76, 150, 29, 8])
  })

  it('stretches to any size', async () => {
    const wide = await decodeImage('a.png', PNG, { height: 3, width: 7, channels: 3 })
    expect(wide).toHaveLength(3 * 7 * 3)
  })

  it('turns pictures upright, and shows white through what is transparent', async () => {
    const lying = await sharp?.(PNG).withMetadata({ orientation: 6 }).png().toBuffer()
    const upright = await decodeImage('a.png', lying as Uint8Array, RGB)
    expect(Array.from(upright.subarray(0, 3))).toEqual([0, 0, 255])
    const clear = await sharp?.({ create: { width: 2, height: 2, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer()
    expect(new Set(await decodeImage('a.png', clear as Uint8Array, RGB))).toEqual(new Set([255]))
  })

  it('names the file that is damaged, in one line', async () => {
    const message = await decodeImage('cut.png', PNG.subarray(0, PNG.length - 20), RGB).catch(({ message }) => message)
    expect(message).toMatch(/^cut\.png cannot be decoded, received: "[^\n]*"$/)
  })
})
