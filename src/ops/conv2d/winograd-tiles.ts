/**
 * @file How the Winograd kernels cut images into tiles, and where the transformed tiles lie. An image is covered by bands,
 * rows of tiles; what sticks out over its borders reads as zero and is not written.
 */
import { i32, type Local } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../../codegen/wasm/module.ts'
import { SPAN, TILE } from './winograd-matrices.ts'

/** A 3x3 convolution with stride 1 of one image: [height,width,channels] -> [outHeight,outWidth,filters]. */
export interface Conv3x3 {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly outHeight: number
  readonly outWidth: number
  readonly filters: number
  /** Rows of zeros above and columns of zeros left of the image. */
  readonly top: number
  readonly left: number
}

export const bandsOf = (conv: Conv3x3) => Math.ceil(conv.outHeight / TILE)
export const tilesPerBand = (conv: Conv3x3) => Math.ceil(conv.outWidth / TILE)

/** Bands that stick out over the same borders; they share one function. */
export interface BandKind {
  /** The bands [from, to) of each image. */
  readonly from: number
  readonly to: number
  /** Which rows of the band's patches, of `span` in all, lie in the image: [first, end). */
  readonly first: number
  readonly end: number
}

/** Band b covers the rows [TILE * b - lead, TILE * b - lead + span) of an image of `height` rows. */
export function bandKinds(bands: number, height: number, lead: number, span: number): BandKind[] {
  const kinds: BandKind[] = []
  for (let band = 0; band < bands; band++) {
    const start = TILE * band - lead
    const [first, end] = [Math.max(0, -start), Math.min(span, height - start)]
    const open = kinds.at(-1)
    if (open?.first === first && open.end === end) kinds[kinds.length - 1] = { ...open, to: band + 1 }
    else kinds.push({ from: band, to: band + 1, first, end })
  }
  return kinds
}

/** A tile has SPAN x SPAN products, and so many planes hold the transformed tiles. */
export const PLANES = SPAN * SPAN

/** The steps in bytes from one plane, tile and quad of channels to the next. */
export interface Planes {
  readonly plane: number
  readonly tile: number
  readonly quad: number
}

/** Keeps equal places of different planes out of the same cache set: five lines, coprime to the number of sets. */
const SKEW = 320

/** Bytes of a plane of so many floats. */
export const planeBytes = (floats: number) => floats * 4 + SKEW

/** [tile][channels] in each plane; `pitch` floats from tile to tile. */
export function rowPlanes(tiles: number, pitch: number): Planes {
  return { plane: planeBytes(tiles * pitch), tile: pitch * 4, quad: 16 }
}

/** [channels/4][tile][4] in each plane. */
export function quadPlanes(tiles: number, channels: number): Planes {
  return { plane: planeBytes(tiles * channels), tile: 16, quad: tiles * 16 }
}

/** Walks over the bands of consecutive images. */
export interface BandCursor {
  readonly image: Local<'i32'>
  readonly band: Local<'i32'>
  next(): void
}

export function bandCursor(f: FunctionBuilder, image: Local<'i32'>, imageBytes: number, bands: number): BandCursor {
  const band = f.let(i32.const(0))
  const next = () => {
    f.inc(band, 1)
    f.if(i32.eq(band, bands), () => {
      f.set(band, i32.const(0))
      f.inc(image, imageBytes)
    })
  }
  return { image, band, next }
}

/** Emits the code of the band's kind. */
export function selectBand(
  f: FunctionBuilder,
  band: Local<'i32'>,
  kinds: readonly BandKind[],
  emit: (kind: BandKind) => void,
): void {
  const [kind, ...rest] = kinds
  if (!kind) return
  if (!rest.length) emit(kind)
  else
    f.if(
      i32.ltS(band, kind.to),
      () => emit(kind),
      () => selectBand(f, band, rest, emit),
    )
}
