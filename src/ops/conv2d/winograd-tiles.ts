/**
 * @file How the Winograd kernels cut images into tiles, and where transformed tiles lie in scratch. Bands, rows of
 * tiles, cover an image; what sticks out over its borders reads as zero and is not written.
 */
import { type I32, type IntLike, i32, int, type Local } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import { SPAN, TILE } from './winograd-matrices.ts'

/** Sizes of each image of a batch. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  readonly channels: number
}

const imageBytes = ({ height, width, channels }: ImageSize) => height * width * channels * 4

/** A 3x3 convolution with stride 1, whose input is padded by `top` rows above and `left` columns of zeros. */
export interface Conv3x3 {
  readonly input: ImageSize
  readonly output: ImageSize
  readonly top: number
  readonly left: number
}

export interface TileGrid {
  /** Bands of an image. */
  readonly bands: number
  /** Tiles of a band. */
  readonly tiles: number
}

export function gridOf({ output }: Conv3x3): TileGrid {
  return { bands: Math.ceil(output.height / TILE), tiles: Math.ceil(output.width / TILE) }
}

/** As many whole bands as have `tiles` tiles, and one at least. */
export function bandsPerBlock(grid: TileGrid, tiles: number): number {
  return Math.max(1, Math.floor(tiles / grid.tiles))
}

/** Bands that stick out over the same borders; they share a function. */
export interface BandKind {
  /** The bands of each image before this one that are not of an earlier kind. */
  readonly to: number
  /** Which rows of the band lie in the image: [first, end), of `span`. */
  readonly first: number
  readonly end: number
}

/** The kinds among bands of `span` rows, of which band b starts at row TILE * b - lead of an image of `height` rows. */
export function bandKinds(bands: number, height: number, lead: number, span: number): BandKind[] {
  const kinds: BandKind[] = []
  for (let band = 0; band < bands; band++) {
    const start = TILE * band - lead
    const [first, end] = [Math.max(0, -start), Math.min(span, height - start)]
    const open = kinds.at(-1)
    if (open?.first === first && open.end === end) kinds[kinds.length - 1] = { ...open, to: band + 1 }
    else kinds.push({ to: band + 1, first, end })
  }
  return kinds
}

/** Runs the code of the band's kind. */
export function selectBand(
  f: FunctionBuilder,
  band: Local<'i32'>,
  [kind, ...others]: readonly BandKind[],
  emit: (kind: BandKind) => void,
): void {
  if (!others.length) emit(kind)
  else
    f.if(
      i32.ltS(band, kind.to),
      () => emit(kind),
      () => selectBand(f, band, others, emit),
    )
}

/** Walks over the bands of consecutive images. */
export interface BandCursor {
  readonly image: Local<'i32'>
  readonly band: Local<'i32'>
  next(): void
}

/** A cursor at a band of the image at `image`, which it moves. */
export function bandCursor(
  f: FunctionBuilder,
  image: Local<'i32'>,
  size: ImageSize,
  { bands }: TileGrid,
  first: IntLike = 0,
): BandCursor {
  const band = f.let(int(first))
  const next = () => {
    f.inc(band, 1)
    f.if(i32.eq(band, bands), () => {
      f.set(band, i32.const(0))
      f.inc(image, imageBytes(size))
    })
  }
  return { image, band, next }
}

/** Runs `body` for the next bands; their first tiles lie at `first` and then `step` bytes apart. */
export function forEachBand(
  f: FunctionBuilder,
  cursor: BandCursor,
  count: IntLike,
  { first, step }: { first: I32; step: number },
  body: (place: Local<'i32'>) => void,
): void {
  const place = f.let(first)
  f.repeat(count, () => {
    body(place)
    cursor.next()
    f.inc(place, step)
  })
}

/** Multiplications of a tile for one channel and filter. */
export const POINTS = SPAN * SPAN

/** A plane of tiles by channels for each point: bytes from one plane, tile and four channels to the next, and of all. */
export interface Planes {
  readonly plane: number
  readonly tile: number
  readonly quad: number
  readonly bytes: number
}

/** Keeps equal places of different planes out of the same cache set: five lines, coprime to the number of sets. */
const SKEW = 320

/** Planes [tile][channel]: a product reads a tile as a row. */
export function planesOf(tiles: number, channels: number): Planes {
  const plane = tiles * channels * 4 + SKEW
  return { plane, tile: channels * 4, quad: 16, bytes: POINTS * plane }
}

/** Planes [channels / 4][tile][4]: sums over tiles read memory in one piece. */
export function quadPlanesOf(tiles: number, channels: number): Planes {
  const quad = tiles * 16
  const plane = (channels / 4) * quad + SKEW
  return { plane, tile: 16, quad, bytes: POINTS * plane }
}

/** Runs `body` with pointers to the first plane of each operand, then the second, and so on. */
export function forEachPlane(
  f: FunctionBuilder,
  operands: readonly { at: I32; planes: Planes }[],
  body: (...pointers: Local<'i32'>[]) => void,
): void {
  const pointers = operands.map(({ at }) => f.let(at))
  f.repeat(POINTS, () => {
    body(...pointers)
    for (const [i, { planes }] of operands.entries()) f.inc(pointers[i], planes.plane)
  })
}

/** Parts of scratch memory, one after the other. */
export interface ScratchParts<Name extends string> {
  readonly bytes: number
  /** Pointers to the parts. */
  open(f: FunctionBuilder, scratch: I32): Readonly<Record<Name, Local<'i32'>>>
}

export function scratchParts<Name extends string>(sizes: Readonly<Record<Name, number>>): ScratchParts<Name> {
  const offsets = {} as Record<Name, number>
  let bytes = 0
  for (const name in sizes) {
    offsets[name] = bytes
    bytes += Math.ceil(sizes[name] / 64) * 64
  }
  const open = (f: FunctionBuilder, scratch: I32) => {
    const pointers = {} as Record<Name, Local<'i32'>>
    for (const name in offsets) pointers[name] = f.let(i32.add(scratch, offsets[name]))
    return pointers
  }
  return { bytes, open }
}
