/** @file What is in an ONNX file, for people to look at. */
import { oneLine } from '../base/errors.ts'
import { type ExternalData, readOnnx } from '../formats/onnx/read.ts'
import type { OnnxValueInfo } from '../formats/onnx/types.ts'
import { type Inspection, nameShown } from '../saving/inspect.ts'

/**
 * The operators of an ONNX file, what it takes and returns, and its weights.
 * @param what the name of the file, for messages
 * @param external files beside it that hold its weights, by the names under which it knows them
 * @throws SeparableError as `importOnnx`, but for no operator
 */
export function inspectOnnx(bytes: Uint8Array, what: string, external: ExternalData = new Map()): Inspection {
  const { name, opset, nodes, inputs, outputs, initializers } = readOnnx(bytes, what, external)
  const counts = new Map<string, number>()
  for (const { domain, opType } of nodes) {
    const operator = domain ? `${domain}.${opType}` : opType
    counts.set(operator, (counts.get(operator) ?? 0) + 1)
  }
  const operators = [...counts].map(([operator, count]) => (count === 1 ? operator : `${count} ${operator}`))
  const fed = inputs.filter((input) => !initializers.has(input.name))
  const facts = [
    `opset ${opset}, graph "${name}" of ${nodes.length} nodes: ${operators.join(', ')}`,
    ...fed.map((input) => `takes ${show(input)}`),
    ...outputs.map((output) => `returns ${show(output)}`),
  ]
  const arrays = [...initializers].map(([key, { shape, kind }]) => ({ name: nameShown(key), shape, type: kind }))
  return { kind: 'ONNX model', facts: facts.map(oneLine), arrays }
}

function show({ name, shape }: OnnxValueInfo): string {
  return `${name} (${shape?.map((size) => size ?? '?').join(', ') ?? '?'})`
}
