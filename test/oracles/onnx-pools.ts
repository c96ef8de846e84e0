/** @file Small ONNX files that pool, in every combination of pads, ceil mode and counted pads, over pictures and sequences. */
import type { Attributes, Spec } from '../../src/onnx/testing.ts'

const PADS: { readonly [name: string]: Attributes } = {
  'no pads': {},
  'pads all around': { pads: [1, 1, 1, 1] },
  'lopsided pads': { pads: [0, 1, 2, 1] },
  SAME_UPPER: { auto_pad: 'SAME_UPPER' },
  SAME_LOWER: { auto_pad: 'SAME_LOWER' },
  VALID: { auto_pad: 'VALID', pads: [0, 0, 0, 0] },
}

const WINDOWS: readonly Attributes[] = [
  { kernel_shape: [3, 3] },
  { kernel_shape: [3, 3], strides: [2, 2] },
  { kernel_shape: [3, 2], strides: [1, 3] },
]

const MODES: { readonly [name: string]: Attributes } = {
  '': {},
  ', ceil': { ceil_mode: 1 },
  ', counted': { count_include_pad: 1 },
  ', ceil and counted': { ceil_mode: 1, count_include_pad: 1 },
}

/** The same along the last axis alone. */
function ofSequences(attributes: Attributes): Attributes {
  const last = Object.entries(attributes).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value]
    return [name, name === 'pads' ? [value[1], value[3]] : value.slice(1)]
  })
  return Object.fromEntries(last)
}

function poolsOf(opType: string): [string, Spec][] {
  const modes = Object.entries(MODES).filter(([, mode]) => opType === 'AveragePool' || !('count_include_pad' in mode))
  return modes.flatMap(([modeName, mode]) =>
    Object.entries(PADS).flatMap(([padsName, pads]) =>
      WINDOWS.flatMap((window): [string, Spec][] => {
        // Pads must be smaller than the window.
        if (padsName === 'lopsided pads' && window === WINDOWS[2]) return []
        const attributes = { ...window, ...pads, ...mode }
        const name = `${opType} ${String(window.kernel_shape)} by ${String(window.strides ?? 1)}, ${padsName}${modeName}`
        return [
          [name, { x: [2, 3, 6, 7], steps: [[opType, 'x', attributes]], opset: 21 }],
          [`${name}, of sequences`, { x: [2, 3, 7], steps: [[opType, 'x', ofSequences(attributes)]], opset: 21 }],
        ]
      }),
    ),
  )
}

export const OF_POOLS: { readonly [name: string]: Spec } = Object.fromEntries([
  ...poolsOf('MaxPool'),
  ...poolsOf('AveragePool'),
])
