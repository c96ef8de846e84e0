/**
 * @file Filters in and out of the Winograd domain: U = G g G^T as panels for the products, prepared once a step, and the
 * adjoint dg = G^T dU G, which ends the filter gradient.
 */
import { f32, f32x4, type I32, i32, type Local, type V128, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import type { Preparation } from '../kernel.ts'
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

/** Panels of eight filters, [filters/8][channels][8]; the last one may be four wide. A unit is four filters. */
export function prepareFilter(use: FilterUse): Preparation {
  const key = `winograd.filter.${use.channels}x${use.filters}${use.turned ? '.turned' : ''}`
  const params = { source: 'i32', destination: 'i32', begin: 'i32', end: 'i32' } as const
  return {
    key,
    bytes: filterPlanes(use.channels, use.filters).bytes,
    units: use.filters / 4,
    emit: (module) =>
      module.shared(key, () =>
        module.function(key, params, (f, { source, destination, begin, end }) =>
          f.range(begin, end, 1, (quad) => emitFilterQuad(f, use, quad, source, destination)),
        ),
      ),
  }
}

/** Transforms four filters. */
function emitFilterQuad(f: FunctionBuilder, use: FilterUse, quad: Local<'i32'>, source: I32, destination: I32): void {
  const { channels, filters, turned } = use
  const [laneStep, channelStep] = turned ? [channels * 4, 4] : [4, filters * 4]
  const tapBytes = channels * filters * 4
  const { plane } = filterPlanes(channels, filters)
  const from = f.let(i32.add(source, i32.mul(quad, 4 * laneStep)))
  const panel = i32.mul(i32.shrU(quad, 1), channels * 32)
  const half = i32.mul(i32.and(quad, 1), 16)
  const to = f.let(i32.add(i32.add(destination, panel), half))
  const narrow = i32.eq(quad, filters % 8 === 4 ? filters / 4 - 1 : -1)
  const width = f.let(i32.select(16, 32, narrow))
  f.repeat(channels, () => {
    const tap = (row: number, column: number) => {
      const place = row * TAPS + column
      return turned
        ? loadLanes(from, laneStep, (TAPS * TAPS - 1 - place) * tapBytes)
        : v128.load(from, place * tapBytes)
    }
    emitTwoSided(f, FILTER, FILTER, tap, (row, column, value) => f.store(to, value, (row * SPAN + column) * plane))
    f.inc(from, channelStep)
    f.inc(to, width)
  })
}

/** Four floats, `step` bytes apart. */
function loadLanes(address: I32, step: number, offset: number): V128 {
  return [1, 2, 3].reduce(
    (lanes, i) => f32x4.replaceLane(lanes, i, f32.load(address, offset + i * step)),
    v128.load32Zero(address, offset),
  )
}

/** A function (dU, dw): dw [3,3,channels,filters] += G^T dU G. */
export function filterGradient(module: ModuleBuilder, { plane }: Planes, { input, output }: Conv3x3): FunctionBuilder {
  const elements = input.channels * output.channels
  const name = `winograd.filterGradient.${input.channels}x${output.channels}`
  const matrix = transpose(FILTER)
  return module.shared(name, () =>
    module.function(name, { from: 'i32', to: 'i32' }, (f, { from, to }) => {
      f.repeat(elements / 4, () => {
        const point = (row: number, column: number) => v128.load(from, (row * SPAN + column) * plane)
        emitTwoSided(f, matrix, matrix, point, (row, column, value) => {
          const offset = (row * TAPS + column) * elements * 4
          f.store(to, f32x4.add(v128.load(to, offset), value), offset)
        })
        f.inc(from, 16)
        f.inc(to, 16)
      })
    }),
  )
}
