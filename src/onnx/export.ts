/**
 * @file From a model to an ONNX file. The model is traced for prediction, as it is before it runs, and each op of the graph
 * becomes one or two ONNX nodes: layers of your own are exported too, as long as they are made of these ops.
 */

import { received, SeparableError } from '../base/errors.ts'
import type { OnnxValueInfo } from '../formats/onnx/types.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import type { Node } from '../ir/node.ts'
import { type Args, bool, oneOf, resolve } from '../nn/schema.ts'
import { namesAsText } from '../saving/class-names.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { checkModel } from '../train/check-model.ts'
import type { Model } from '../train/model.ts'
import { foldBatchNorm } from '../transform/fold-batch-norm.ts'
import { emitters } from './export-ops.ts'
import { Scope, type Value } from './export-scope.ts'
import { float, GraphWriter } from './graph-writer.ts'
import { channelsFirst, inOrder, type Order, sameOrder } from './layout.ts'
import { type Norm, type Traced, traceModel } from './trace-model.ts'

/** The newest set of operators that all readers in use know; it needs ONNX 1.12, of 2022. */
const OPSET = 17

const exportSchema = {
  foldBatchNorm: bool('whether batch normalisations become part of the layers before them').default(false),
  layout: oneOf('axes of pictures at inputs and outputs', 'channelsLast', 'channelsFirst').default('channelsLast'),
}

export type ExportOnnxArgs = Args<typeof exportSchema>

/**
 * The model as the bytes of an ONNX file (opset 17, IR 8), for prediction: dropout and the like are left out. The size of
 * the batch stays open. Inputs and outputs have the names of their layers, and the shapes that `predict` takes and returns;
 * inside the graph pictures are [N,C,H,W], so that runtimes need no transposes but those at its borders.
 *
 * Names of the classes go into the file's metadata, as `class_names`.
 *
 * - `foldBatchNorm` (default false): layers and the batch normalisations behind them become one layer.
 * - `layout` (default "channelsLast"): with "channelsFirst" the inputs and outputs that are pictures are [N,C,H,W] too.
 *
 * @throws SeparableError (`argument`) when the shape of the input is not known yet, (`unsupported`) naming the layer and the
 *   op that ONNX has no node for
 */
export function exportOnnx(model: Model, args: ExportOnnxArgs = {}): Uint8Array<ArrayBuffer> {
  const { foldBatchNorm: fold, layout } = resolve('exportOnnx', exportSchema, args)
  checkModel('exportOnnx', model)
  const traced = traceModel(fold ? foldBatchNorm(model) : model)
  const orderOf = ({ length }: Shape): Order =>
    layout === 'channelsFirst' && length === 4 ? channelsFirst(4) : sameOrder(length)
  const writer = new GraphWriter()
  const scope = new Scope(writer, traced)
  const inputs = traced.inputs.map((node): OnnxValueInfo => {
    const order = orderOf(node.shape)
    const name = writer.name(node.attrs.name as string)
    scope.values.set(node, { name, shape: node.shape, order })
    return { name, shape: openBatch(node.shape, order) }
  })
  for (const node of scope.needed()) if (!scope.values.has(node)) scope.values.set(node, emit(node, scope, traced))
  const outputs = traced.outputs.map(({ name, node }): OnnxValueInfo => {
    const order = orderOf(node.shape)
    return { name: writer.publish(scope.want(node, order), name), shape: openBatch(node.shape, order) }
  })
  const { nodes, initializers } = writer
  const metadata = new Map(namesAsText(model.classNames))
  return writeOnnx({ opset: OPSET, name: model.name, inputs, outputs, initializers, nodes, metadata })
}

function openBatch(shape: Shape, order: Order): (number | string)[] {
  return inOrder<number | string>(['batch', ...shape.slice(1)], order)
}

function emit(node: Node, scope: Scope, { norms }: Traced): Value {
  const norm = norms.get(node)
  if (norm) return emitNorm(node, norm, scope)
  const emitter = emitters[node.op.name]
  if (emitter) return emitter(node, scope)
  throw new SeparableError(
    'unsupported',
    `exportOnnx: ${node.label || 'the model'}: this op has no ONNX node, ${received(node.op.name)}`,
  )
}

function emitNorm(node: Node, { layer, input }: Norm, scope: Scope): Value {
  const order = channelsFirst(node.shape.length)
  const channels = node.shape.at(-1) as number
  const weight = (name: string, fallback: number) => {
    const variable = layer.weights.find((each) => each.name === name)
    const values = variable?.read() ?? new Float32Array(channels).fill(fallback)
    return scope.writer.floats(`${node.label}/${name}`, values, [channels])
  }
  const operands = [weight('gamma', 1), weight('beta', 0), weight('moving_mean', 0), weight('moving_variance', 1)]
  const { epsilon, momentum } = layer.config
  const attributes = { epsilon: float(epsilon), momentum: float(momentum) }
  return scope.make(node, order, 'BatchNormalization', [scope.want(input, order), ...operands], attributes)
}
