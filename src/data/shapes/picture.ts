/**
 * @file Draws one picture of the `shapes` dataset: a dark mottled background, small distractors, the shape itself, and
 * noise over all. Place, size, tilt and colours are random, so that no single pixel tells the class: a linear model fails
 * where a convolutional network does not.
 */
import type { Random } from '../../base/random.ts'
import { clamp01, length, type Outline } from './outlines.ts'

/** Height and width of a picture in pixels. */
export const SIZE = 32
export const CHANNELS = 3

/** How hard the pictures are: lower contrast, wider ranges and more noise make them harder. */
const BACKGROUND_CHANNEL = 48
const CONTRAST = 110
const SHAPE_RADIUS = [10, 12] as const
const DISTRACTOR_RADIUS = [2, 3.5] as const
const NOISE = [5, 10] as const
const MOTTLING = { background: 40, distractor: 10, shape: 25 }
/** Tangent of the largest tilt: 24 degrees. */
const TILT = 0.45
/** How far a shape's centre stays from the picture's edge, in radii; at 1 no shape is cut off. */
const CLEARANCE = 0.83

/** Values 0..255 of red, green and blue. */
type Colour = readonly [number, number, number]

/** A smooth pattern over the whole picture between two colours. */
interface Paint {
  readonly from: Colour
  readonly to: Colour
  /** [LATTICE, LATTICE] shares of `to`, interpolated between. */
  readonly shares: Float64Array
}
const LATTICE = 5
const CELL = SIZE / (LATTICE - 1)

/** An outline put somewhere: distances in pixels, and the pixels outside of which it cannot reach. */
interface Figure {
  readonly distance: Outline
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}
const EVERYWHERE: Figure = { distance: () => -1, left: 0, right: SIZE, top: 0, bottom: SIZE }
const bar: Outline = (x, y) => Math.max(Math.abs(x) - 1, Math.abs(y) - 0.4)

/** Draws into `out`, [SIZE, SIZE, CHANNELS] values 0..255. */
export function drawPicture(out: Uint8Array, outline: Outline, random: Random): void {
  const canvas = new Float32Array(out.length)
  const background = randomColour(random, BACKGROUND_CHANNEL)
  paintOver(canvas, EVERYWHERE, mottled(background, MOTTLING.background, random))
  for (let n = 1 + random.int(3); n > 0; n--) {
    const figure = placed(bar, between(...DISTRACTOR_RADIUS, random), random)
    paintOver(canvas, figure, mottled(randomColour(random), MOTTLING.distractor, random))
  }
  const figure = placed(outline, between(...SHAPE_RADIUS, random), random)
  paintOver(canvas, figure, mottled(brighterColour(background, random), MOTTLING.shape, random))
  const noise = between(...NOISE, random)
  for (let i = 0; i < out.length; i++) out[i] = Math.round(clamp255(canvas[i]! + between(-noise, noise, random)))
}

/** The outline at a random place with a random tilt. */
function placed(outline: Outline, radius: number, random: Random): Figure {
  const margin = CLEARANCE * radius
  const centreX = between(margin, SIZE - margin, random)
  const centreY = between(margin, SIZE - margin, random)
  const tilt = between(-TILT, TILT, random)
  // Math.sin and Math.cos may differ between engines in the last bit.
  const cos = 1 / length(1, tilt)
  const sin = tilt * cos
  const reach = 1.2 * radius + 1
  return {
    distance: (x, y) => {
      const u = (x - centreX) / radius
      const v = (y - centreY) / radius
      return outline(u * cos + v * sin, v * cos - u * sin) * radius
    },
    left: Math.max(0, Math.floor(centreX - reach)),
    right: Math.min(SIZE, Math.ceil(centreX + reach)),
    top: Math.max(0, Math.floor(centreY - reach)),
    bottom: Math.min(SIZE, Math.ceil(centreY + reach)),
  }
}

/** Covers the inside of a figure; pixels on its edge are mixed by their share inside. */
function paintOver(canvas: Float32Array, figure: Figure, paint: Paint): void {
  for (let y = figure.top; y < figure.bottom; y++)
    for (let x = figure.left; x < figure.right; x++) {
      const inside = clamp01(0.5 - figure.distance(x + 0.5, y + 0.5))
      if (inside === 0) continue
      const share = interpolate(paint.shares, x / CELL, y / CELL)
      const pixel = (y * SIZE + x) * CHANNELS
      for (let c = 0; c < CHANNELS; c++) {
        const colour = paint.from[c]! + (paint.to[c]! - paint.from[c]!) * share
        canvas[pixel + c]! += (colour - canvas[pixel + c]!) * inside
      }
    }
}

/** Bilinear interpolation in a [LATTICE, LATTICE] grid at 0 <= x, y < LATTICE - 1. */
function interpolate(grid: Float64Array, x: number, y: number): number {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const at = row * LATTICE + column
  const upper = grid[at]! + (grid[at + 1]! - grid[at]!) * (x - column)
  const lower = grid[at + LATTICE]! + (grid[at + LATTICE + 1]! - grid[at + LATTICE]!) * (x - column)
  return upper + (lower - upper) * (y - row)
}

/** A pattern that strays from a colour by at most `spread` a channel. */
function mottled(colour: Colour, spread: number, random: Random): Paint {
  return {
    from: shifted(colour, spread, random),
    to: shifted(colour, spread, random),
    shares: Float64Array.from({ length: LATTICE * LATTICE }, () => random.uniform()),
  }
}

function shifted([red, green, blue]: Colour, spread: number, random: Random): Colour {
  const near = (value: number) => clamp255(value + between(-spread, spread, random))
  return [near(red), near(green), near(blue)]
}

function randomColour(random: Random, levels = 256): Colour {
  return [random.int(levels), random.int(levels), random.int(levels)]
}

function brighterColour(other: Colour, random: Random): Colour {
  for (;;) {
    const colour = randomColour(random)
    if (brightness(colour) - brightness(other) >= CONTRAST) return colour
  }
}

function brightness([red, green, blue]: Colour): number {
  return (red + green + blue) / 3
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform()
}

function clamp255(value: number): number {
  return Math.min(255, Math.max(0, value))
}
