/**
 * @file An ONNX file as plain values: nodes that name their operands, tensors, attributes. What the nodes mean is the
 * business of src/onnx. https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import type { Shape } from '../../tensor/ndarray.ts'

/**
 * Numbers in a file. All floats become f32; integers and truth values become f64, which is exact up to 2^53 and near enough
 * beyond, where files only say "until the end".
 */
export type OnnxTensor =
  | { readonly kind: 'float'; readonly shape: Shape; readonly data: Float32Array }
  | { readonly kind: 'int'; readonly shape: Shape; readonly data: Float64Array }

export type OnnxAttribute =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: OnnxTensor }
  /** A kind that nothing here reads, by its name: graphs, lists of text. */
  | { readonly type: 'other'; readonly value: string }

export interface OnnxNode {
  readonly name: string
  readonly opType: string
  /** `''` for the operators of ONNX itself. */
  readonly domain: string
  /** Names of values; `''` where an optional one is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

/** What a graph takes or returns: f32 of this shape, null if it is not said; an axis of unknown size has a name or is null. */
export interface OnnxValueInfo {
  readonly name: string
  readonly shape: readonly (number | string | null)[] | null
}

export interface OnnxModel {
  /** The version of ONNX's own set of operators. */
  readonly opset: number
  readonly name: string
  readonly inputs: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
  readonly initializers: ReadonlyMap<string, OnnxTensor>
  readonly nodes: readonly OnnxNode[]
  /** Texts that travel with the graph. Default: none. */
  readonly metadata?: ReadonlyMap<string, string>
}
