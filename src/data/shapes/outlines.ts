/**
 * @file The ten outlines of the `shapes` dataset as signed distance functions: how far a point lies from the edge,
 * negative inside. A distance gives a smooth edge at any size and rotation, and min, max and abs combine outlines.
 * The formulas follow Inigo Quilez, "2D distance functions".
 */

/** Signed distance of the point (x, y) from an outline of radius about 1 around the origin; y points down. */
export type Outline = (x: number, y: number) => number

type Point = readonly [x: number, y: number]

const disc =
  (centreX: number, centreY: number, radius: number): Outline =>
  (x, y) =>
    length(x - centreX, y - centreY) - radius

const union =
  (a: Outline, b: Outline): Outline =>
  (x, y) =>
    Math.min(a(x, y), b(x, y))

const difference =
  (a: Outline, b: Outline): Outline =>
  (x, y) =>
    Math.max(a(x, y), -b(x, y))

const border =
  (a: Outline, halfWidth: number): Outline =>
  (x, y) =>
    Math.abs(a(x, y)) - halfWidth

function polygon(...corners: Point[]): Outline {
  const edges = corners.map((to, i) => edge(corners.at(i - 1)!, to))
  return (x, y) => {
    let squared = Number.POSITIVE_INFINITY
    let inside = false
    for (const { fromX, fromY, toY, edgeX, edgeY, scale } of edges) {
      const pointX = x - fromX
      const pointY = y - fromY
      const along = clamp01((pointX * edgeX + pointY * edgeY) * scale)
      const awayX = pointX - edgeX * along
      const awayY = pointY - edgeY * along
      squared = Math.min(squared, awayX * awayX + awayY * awayY)
      const crosses = fromY > y !== toY > y && pointX < (edgeX * pointY) / edgeY
      if (crosses) inside = !inside
    }
    return inside ? -Math.sqrt(squared) : Math.sqrt(squared)
  }
}

function edge([fromX, fromY]: Point, [toX, toY]: Point) {
  const edgeX = toX - fromX
  const edgeY = toY - fromY
  return { fromX, fromY, toY, edgeX, edgeY, scale: 1 / (edgeX * edgeX + edgeY * edgeY) }
}

/** Math.hypot may differ between engines in the last bit; sqrt does not. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y)
}

export function clamp01(x: number): number {
  return Math.min(1, Math.max(0, x))
}

const square = (half: number): Outline => polygon([-half, -half], [half, -half], [half, half], [-half, half])

// biome-ignore format: tables of corners
const STAR: Point[] = [
  [0, -1.05], [0.265, -0.364], [0.999, -0.324], [0.428, 0.139], [0.617, 0.849],
  [0, 0.45], [-0.617, 0.849], [-0.428, 0.139], [-0.999, -0.324], [-0.265, -0.364],
]
// biome-ignore format: tables of corners
const CROSS: Point[] = [
  [-0.3, -1], [0.3, -1], [0.3, -0.3], [1, -0.3], [1, 0.3], [0.3, 0.3],
  [0.3, 1], [-0.3, 1], [-0.3, 0.3], [-1, 0.3], [-1, -0.3], [-0.3, -0.3],
]
// biome-ignore format: tables of corners
const ARROW: Point[] = [
  [1, 0], [0.1, 0.8], [0.1, 0.28], [-1, 0.28], [-1, -0.28], [0.1, -0.28], [0.1, -0.8],
]

/** Class name -> outline, in label order. */
export const OUTLINES: Readonly<Record<string, Outline>> = {
  circle: disc(0, 0, 0.85),
  square: square(0.75),
  triangle: polygon([0, -0.95], [0.95, 0.65], [-0.95, 0.65]),
  star: polygon(...STAR),
  ring: border(disc(0, 0, 0.72), 0.2),
  frame: border(square(0.65), 0.17),
  cross: polygon(...CROSS),
  heart: union(
    polygon([0, 0.85], [-0.7, 0.15], [0, -0.55], [0.7, 0.15]),
    union(disc(-0.35, -0.2, 0.495), disc(0.35, -0.2, 0.495)),
  ),
  crescent: difference(disc(0, 0, 0.95), disc(0.5, 0, 0.75)),
  arrow: polygon(...ARROW),
}
