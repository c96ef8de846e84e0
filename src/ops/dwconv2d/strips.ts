/**
 * @file How a row of a depthwise convolution is cut into strips: neighbouring outputs whose sums stay in registers while
 * each input column is loaded once for all taps that meet it (Zhang, Franchetti and Low, "High performance zero-memory
 * overhead direct convolutions", ICML 2018). What hangs over an edge is left out here, while emitting: the edges cost
 * neither padding nor branches.
 */
import { type Axis, inputAt } from '../cpu/axis.ts'

/** One input column of a strip and who uses it. */
interface Column {
  /** Columns from the base of the strip. */
  readonly offset: number
  readonly uses: readonly { readonly output: number; readonly tap: number }[]
}

/** `count` strips side by side that are alike. */
export interface StripRun {
  readonly count: number
  /** Outputs of each strip. */
  readonly size: number
  readonly columns: readonly Column[]
  /** The first input column of the first strip, and columns from strip to strip. */
  readonly base: number
  readonly baseStep: number
}

/** Cuts all outputs of the axis into strips of nearly equal size, at most `longest` outputs each. */
export function stripRuns(axis: Axis, longest: number): StripRun[] {
  const runs: StripRun[] = []
  let output = 0
  for (const size of stripSizes(axis, longest)) {
    const strip = stripAt(axis, output, size)
    const last = runs.at(-1)
    const merged = last && append(last, strip)
    if (merged) runs[runs.length - 1] = merged
    else runs.push(strip)
    output += size
  }
  return runs
}

/** Longer strips first. They start at multiples of the divisor, where the same taps meet an input again. */
function stripSizes({ outputs, divisor }: Axis, longest: number): number[] {
  const units = Math.ceil(outputs / divisor)
  const strips = Math.ceil(units / Math.max(1, Math.floor(longest / divisor)))
  const starts = Array.from({ length: strips + 1 }, (_, i) => {
    const unit = Math.floor(units / strips) * i + Math.min(i, units % strips)
    return Math.min(outputs, unit * divisor)
  })
  return starts.slice(1).map((end, i) => end - starts[i])
}

function stripAt(axis: Axis, first: number, size: number): StripRun {
  const users = new Map<number, { output: number; tap: number }[]>()
  for (let output = 0; output < size; output++)
    for (let tap = 0; tap < axis.taps; tap++) {
      const input = inputAt(axis, first + output, tap)
      if (input !== undefined) users.set(input, [...(users.get(input) ?? []), { output, tap }])
    }
  const inputs = [...users.keys()].sort((a, b) => a - b)
  const base = inputs[0] ?? 0
  const columns = inputs.map((input) => ({ offset: input - base, uses: users.get(input) ?? [] }))
  return { count: 1, size, columns, base, baseStep: 0 }
}

/** The run with one more strip, undefined when the strip is not like the others. */
function append(run: StripRun, strip: StripRun): StripRun | undefined {
  const step = strip.base - run.base - run.baseStep * (run.count - 1)
  const alike = strip.size === run.size && JSON.stringify(strip.columns) === JSON.stringify(run.columns)
  if (!alike || (run.count > 1 && step !== run.baseStep)) return undefined
  return { ...run, count: run.count + 1, baseStep: step }
}
