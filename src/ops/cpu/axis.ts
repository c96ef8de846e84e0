/**
 * @file One axis of a sliding window, and its transpose. Forward, output position o meets tap t at input position
 *   o * stride + t * dilation - pad.
 * Solved for o, the same relation says which outputs an input position met: the gradient with respect to the input slides
 * the window over the output, with division in the place of multiplication.
 */
import { type IntLike, i32, type Local } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Attrs } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { nums } from '../rules/attrs.ts'

/** `input = (output * outputStep + tap * tapStep + offset) / divisor`, where that is an integer in [0, inputs). */
export interface Axis {
  readonly outputs: number
  readonly inputs: number
  readonly taps: number
  readonly outputStep: number
  readonly tapStep: number
  readonly offset: number
  readonly divisor: number
}

export interface Axes {
  readonly rows: Axis
  readonly cols: Axis
}

/** The axes of a convolution: [height, width] of its input, its kernel and its output. */
export function axesOf(input: Shape, kernel: Shape, output: Shape, attrs: Attrs): Axes {
  const axis = (i: 0 | 1): Axis => ({
    outputs: output[i],
    inputs: input[i],
    taps: kernel[i],
    outputStep: nums(attrs, 'strides')[i],
    tapStep: nums(attrs, 'dilation')[i],
    offset: -nums(attrs, 'pads')[i * 2],
    divisor: 1,
  })
  return { rows: axis(0), cols: axis(1) }
}

/** The axes of the gradient with respect to the input: its outputs are the input's positions. */
export function transposed({ rows, cols }: Axes): Axes {
  return { rows: transposedAxis(rows), cols: transposedAxis(cols) }
}

function transposedAxis({ outputs, inputs, taps, outputStep, tapStep, offset }: Axis): Axis {
  return {
    outputs: inputs,
    inputs: outputs,
    taps,
    outputStep: 1,
    tapStep: -tapStep,
    offset: -offset,
    divisor: outputStep,
  }
}

/** The input position, undefined where the tap hangs over the edge or falls between inputs. */
export function inputAt(axis: Axis, output: number, tap: number): number | undefined {
  const position = (output * axis.outputStep + tap * axis.tapStep + axis.offset) / axis.divisor
  return Number.isInteger(position) && position >= 0 && position < axis.inputs ? position : undefined
}

/** The taps that meet an input at one output position: they and their inputs are evenly spaced. */
export interface TapRange {
  readonly count: Local<'i32'>
  readonly tap: Local<'i32'>
  readonly input: Local<'i32'>
  /** From one such tap to the next. */
  readonly tapStep: number
  readonly inputStep: number
}

/** Finds them at run time, for the position that `output` holds. */
export function tapsAt(f: FunctionBuilder, axis: Axis, output: IntLike): TapRange {
  const { taps, inputs, divisor, tapStep } = axis
  const [count, tap, input] = [f.let(i32.const(0)), f.let(i32.const(0)), f.let(i32.const(0))]
  const origin = f.let(i32.add(i32.mul(output, axis.outputStep), axis.offset))
  const scaled = f.i32()
  for (let t = taps - 1; t >= 0; t--) {
    f.set(scaled, i32.add(origin, t * tapStep))
    const inside = i32.ltU(scaled, inputs * divisor)
    const whole = divisor === 1 ? inside : i32.and(inside, i32.eqz(i32.remU(scaled, divisor)))
    f.if(whole, () => {
      f.inc(count, 1)
      f.set(tap, i32.const(t))
      f.set(input, i32.divU(scaled, divisor))
    })
  }
  const step = divisor / gcd(divisor, Math.abs(tapStep))
  return { count, tap, input, tapStep: step, inputStep: (tapStep * step) / divisor }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
