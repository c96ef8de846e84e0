/**
 * @file The loops of the depthwise convolution and its gradients: rows of outputs, strips of a row, four channels of a
 * strip, and the rows of the window that meet the input. What happens to a strip is the caller's: sums of outputs in
 * registers give the convolution and, on transposed axes, its input gradient; sums of taps give the filter gradient.
 */
import { f32x4, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import { type Axes, type TapRange, tapsAt } from '../cpu/axis.ts'
import type { Epilogue, Place } from '../cpu/epilogue.ts'
import { type StripRun, stripRuns } from './strips.ts'

export interface Depthwise {
  readonly axes: Axes
  /** Vectors of four channels in a pixel. */
  readonly quads: number
  /** Bytes from one pixel to the next of the outputs. */
  readonly outputPitch: number
}

/** Taps of one row of the window that are held in registers at a time. */
const MAX_TAPS = 7

/** Outputs of a strip: with the taps and one input they fill 15 registers at most. */
const longestStrip = ({ axes }: Depthwise) => Math.min(8, 14 - Math.min(MAX_TAPS, axes.cols.taps))

interface Pointers {
  readonly input: Local<'i32'>
  /** One value for each tap and channel: the weights or their gradient. */
  readonly window: Local<'i32'>
  readonly output: Local<'i32'>
  readonly firstPixel: Local<'i32'>
  readonly pixels: Local<'i32'>
}

/** Four channels of a strip. */
interface StripVisit {
  readonly run: StripRun
  /** Address of the strip's first output. */
  readonly output: Local<'i32'>
  /** Bytes of the channels before these. */
  readonly column: Local<'i32'>
  /** For each row of the window that meets the input: the addresses of the strip's first column and of the row's taps. */
  eachTapRow(body: (input: Local<'i32'>, taps: Local<'i32'>) => void): void
}

/** Visits whole rows of outputs; `output` moves along. */
function forEachStrip(f: FunctionBuilder, conv: Depthwise, p: Pointers, visit: (strip: StripVisit) => void): void {
  const { rows, cols } = conv.axes
  const pixel = conv.quads * 16
  const row = f.let(i32.divU(p.firstPixel, cols.outputs))
  const [base, window] = [f.i32(), f.i32()]
  f.repeat(i32.divU(p.pixels, cols.outputs), () => {
    const taps = tapsAt(f, rows, row)
    f.set(window, i32.add(p.window, i32.mul(taps.tap, cols.taps * pixel)))
    for (const run of stripRuns(cols, longestStrip(conv))) {
      f.set(base, i32.add(p.input, i32.add(i32.mul(taps.input, cols.inputs * pixel), run.base * pixel)))
      f.repeat(run.count, () => {
        visitChannels(f, conv, { run, taps, base, window, output: p.output }, visit)
        f.inc(base, run.baseStep * pixel)
        f.inc(p.output, run.size * conv.outputPitch)
      })
    }
    f.inc(row, 1)
  })
}

interface Strip {
  readonly run: StripRun
  readonly taps: TapRange
  readonly base: Local<'i32'>
  readonly window: Local<'i32'>
  readonly output: Local<'i32'>
}

function visitChannels(
  f: FunctionBuilder,
  { axes: { cols }, quads }: Depthwise,
  strip: Strip,
  visit: (strip: StripVisit) => void,
): void {
  const pixel = quads * 16
  const { run, taps } = strip
  const [output, input, window] = [f.i32(), f.i32(), f.i32()]
  f.range(0, pixel, 16, (column) => {
    f.set(output, i32.add(strip.output, column))
    const eachTapRow: StripVisit['eachTapRow'] = (body) => {
      f.set(input, i32.add(strip.base, column))
      f.set(window, i32.add(strip.window, column))
      f.repeat(taps.count, () => {
        body(input, window)
        f.inc(input, taps.inputStep * cols.inputs * pixel)
        f.inc(window, taps.tapStep * cols.taps * pixel)
      })
    }
    visit({ run, output, column, eachTapRow })
  })
}

/** Visits the uses of the strip's columns for at most MAX_TAPS taps of a row at a time. */
function forEachTapGroup(
  { axes: { cols } }: Depthwise,
  run: StripRun,
  body: (taps: readonly number[], columns: StripRun['columns']) => void,
): void {
  for (let from = 0; from < cols.taps; from += MAX_TAPS) {
    const within = run.columns.flatMap(({ offset, uses }) => {
      const some = uses.filter(({ tap }) => tap >= from && tap < from + MAX_TAPS)
      return some.length ? [{ offset, uses: some }] : []
    })
    const taps = new Set(within.flatMap(({ uses }) => uses.map(({ tap }) => tap)))
    body(
      [...taps].sort((a, b) => a - b),
      within,
    )
  }
}

/** Loads each column once for all who use it. */
function forEachUse(
  f: FunctionBuilder,
  columns: StripRun['columns'],
  at: (column: number) => V128,
  body: (value: Local<'v128'>, output: number, tap: number) => void,
): void {
  const value = f.v128()
  for (const { offset, uses } of columns) {
    f.set(value, at(offset))
    for (const { output, tap } of uses) body(value, output, tap)
  }
}

const PARAMS = { input: 'i32', window: 'i32', output: 'i32', firstPixel: 'i32', pixels: 'i32' } as const

const vectors = (f: FunctionBuilder, count: number) => Array.from({ length: count }, () => f.v128())

/** A function (input, weights, outputs, first pixel, pixel count, what the epilogue takes...). */
export function emitConvolution(
  module: ModuleBuilder,
  name: string,
  conv: Depthwise,
  epilogue: Epilogue,
): FunctionBuilder {
  const pixel = conv.quads * 16
  return module.function(name, { ...PARAMS, ...epilogue.params }, (f, p) => {
    const sums = vectors(f, longestStrip(conv))
    const weights = vectors(f, conv.axes.cols.taps)
    forEachStrip(f, conv, p, ({ run, output: address, column, eachTapRow }) => {
      const place = (i: number): Place => ({ address, addressOffset: i * conv.outputPitch, column, columnOffset: 0 })
      for (let i = 0; i < run.size; i++) f.set(sums[i], epilogue.start(p, place(i)))
      eachTapRow((input, window) =>
        forEachTapGroup(conv, run, (taps, columns) => {
          for (const tap of taps) f.set(weights[tap], v128.load(window, tap * pixel))
          forEachUse(
            f,
            columns,
            (offset) => v128.load(input, offset * pixel),
            (value, output, tap) => f.set(sums[output], module.madd(value, weights[tap], sums[output])),
          )
        }),
      )
      for (let i = 0; i < run.size; i++) epilogue.store(f, p, sums[i], place(i))
    })
  })
}

/** A function (input, sums of taps, gradient of the outputs, first pixel, pixel count). */
export function emitFilterGradient(module: ModuleBuilder, name: string, conv: Depthwise): FunctionBuilder {
  const pixel = conv.quads * 16
  return module.function(name, PARAMS, (f, p) => {
    const gradients = vectors(f, longestStrip(conv))
    const sums = vectors(f, conv.axes.cols.taps)
    forEachStrip(f, conv, p, ({ run, output: address, eachTapRow }) => {
      for (let i = 0; i < run.size; i++) f.set(gradients[i], v128.load(address, i * conv.outputPitch))
      eachTapRow((input, window) =>
        forEachTapGroup(conv, run, (taps, columns) => {
          for (const tap of taps) f.set(sums[tap], v128.load(window, tap * pixel))
          forEachUse(
            f,
            columns,
            (offset) => v128.load(input, offset * pixel),
            (value, output, tap) => f.set(sums[tap], module.madd(value, gradients[output], sums[tap])),
          )
          for (const tap of taps) f.store(window, sums[tap], tap * pixel)
        }),
      )
    })
  })
}

/** total += part, then part = 0. */
export function emitFlush(f: FunctionBuilder, part: Local<'i32'>, total: Local<'i32'>, bytes: number): void {
  const [from, to] = [f.i32(), f.i32()]
  f.range(0, bytes, 16, (offset) => {
    f.set(from, i32.add(part, offset))
    f.set(to, i32.add(total, offset))
    f.store(to, f32x4.add(v128.load(to), v128.load(from)))
    f.store(from, f32x4.const(0))
  })
}
