/**
 * @file Filters into the Winograd domain and back: U = G g G^T as panels for the products, prepared once a step, and
 * the adjoint dg = G^T dU G, which ends the filter gradient.
 */
import { f32, f32x4, type I32, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { Packing } from '../cpu/contract.ts'
import { forEachPanel, panelsOf } from '../cpu/product/panels.ts'
import { TILE_VECTORS } from '../cpu/product/registers.ts'
import { emitTwoSided } from './winograd-linear.ts'
import { FILTER, SPAN, TAPS, transpose } from './winograd-matrices.ts'
import { type Conv3x3, type Planes, planesOf } from './winograd-tiles.ts'

/** The filter of a product: w [3,3,channels,filters] as it is, or turned by 180 degrees and transposed. */
export interface FilterUse {
  /** Channels that the product sums over, and channels of its result. */
  readonly channels: number
  readonly filters: number
  readonly turned: boolean
}

/** U: a matrix [channels, filters] for each point. */
export const filterPlanes = (channels: number, filters: number): Planes => planesOf(channels, filters)

/** Panels of eight filters, [filters/8][channels][8]; the last one may be four wide. A unit is a panel. */
export function prepareFilter(use: FilterUse): Packing {
  const { channels, filters, turned } = use
  const { full, rest } = panelsOf(filters)
  const key = `winograd.filter.${channels}x${filters}${turned ? '.turned' : ''}`
  const params = { source: 'i32', destination: 'i32', begin: 'i32', end: 'i32' } as const
  const write = (f: FunctionBuilder, p: { [K in keyof typeof params]: Local<'i32'> }) =>
    f.range(p.begin, p.end, 1, (panel) => {
      const from = f.let(i32.add(p.source, i32.mul(panel, 8 * laneStep(use))))
      const to = f.let(i32.add(p.destination, i32.mul(panel, channels * 32)))
      const whole = () => emitPanel(f, use, TILE_VECTORS, from, to)
      if (rest) f.if(i32.ltS(panel, full), whole, () => emitPanel(f, use, rest, from, to))
      else whole()
    })
  return {
    key,
    bytes: filterPlanes(channels, filters).bytes,
    units: full + Math.sign(rest),
    emit: (module) => module.shared(key, () => module.function(key, params, write)),
  }
}

/** Bytes from one filter to the next in w. */
const laneStep = ({ channels, turned }: FilterUse) => (turned ? channels * 4 : 4)

/** Transforms `vectors` times four filters. */
function emitPanel(f: FunctionBuilder, use: FilterUse, vectors: number, from: Local<'i32'>, to: Local<'i32'>): void {
  const { channels, filters, turned } = use
  const { plane } = filterPlanes(channels, filters)
  const tapBytes = channels * filters * 4
  const tap = (row: number, column: number) => {
    const place = row * TAPS + column
    return turned
      ? loadLanes(from, laneStep(use), (TAPS * TAPS - 1 - place) * tapBytes)
      : v128.load(from, place * tapBytes)
  }
  f.repeat(channels, () => {
    f.repeat(vectors, () => {
      emitTwoSided(f, FILTER, FILTER, tap, (row, column, value) => f.store(to, value, (row * SPAN + column) * plane))
      f.inc(from, 4 * laneStep(use))
      f.inc(to, 16)
    })
    f.inc(from, (turned ? 4 : filters * 4) - vectors * 4 * laneStep(use))
  })
}

/** Four floats, `step` bytes apart. */
function loadLanes(address: I32, step: number, offset: number): V128 {
  return [1, 2, 3].reduce(
    (lanes, i) => f32x4.replaceLane(lanes, i, f32.load(address, offset + i * step)),
    v128.load32Zero(address, offset),
  )
}

/**
 * A function (dU, dw): dw [3,3,channels,filters] += G^T dU G. Planes of dU are as the outer product leaves them: register
 * tiles of `rows` channels by eight filters.
 */
export function filterGradient(
  module: ModuleBuilder,
  { plane }: Planes,
  { input, output }: Conv3x3,
  rows: number,
): FunctionBuilder {
  const [channels, filters] = [input.channels, output.channels]
  const name = `winograd.filterGradient.${channels}x${filters}.${rows}`
  const matrix = transpose(FILTER)
  return module.shared(name, () =>
    module.function(name, { from: 'i32', to: 'i32' }, (f, { from, to }) => {
      const at = f.i32()
      const transform = () => {
        const point = (row: number, column: number) => v128.load(from, (row * SPAN + column) * plane)
        emitTwoSided(f, matrix, matrix, point, (row, column, value) => {
          const offset = (row * TAPS + column) * channels * filters * 4
          f.store(at, f32x4.add(v128.load(at, offset), value), offset)
        })
        f.inc(from, 16)
        f.inc(at, 16)
      }
      const allPanels = (count: number) => {
        forEachPanel(f, filters, (vectors) => {
          f.set(at, to)
          f.repeat(count, () => {
            f.repeat(vectors, transform)
            f.inc(at, filters * 4 - vectors * 16)
          })
          f.inc(to, vectors * 16)
        })
        f.inc(to, (count - 1) * filters * 4)
      }
      f.repeat(Math.floor(channels / rows), () => allPanels(rows))
      if (channels % rows) allPanels(channels % rows)
    }),
  )
}
