/** @file Convolutions in groups: slices, a convolution of each and their concatenation here, one node there. */
import type { Node } from '../ir/node.ts'
import { nums } from '../ops/rules/attrs.ts'

export interface Grouped {
  readonly x: Node
  /** [KH,KW,C/groups,F] */
  readonly kernel: Node
  /** The convolution of the first group: the others differ in nothing but their slices. */
  readonly first: Node
  readonly groups: number
}

/** What a concatenation puts together again, if it is that. */
export function groupedConvolution({ op, inputs }: Node): Grouped | undefined {
  const [first] = inputs
  const isPart = (part: Node) => part.op.name === 'conv2d' && JSON.stringify(part.attrs) === JSON.stringify(first.attrs)
  if (op.name !== 'concat' || !inputs.every(isPart)) return undefined
  const [x, kernel] = [0, 1].map((operand) => sliced(inputs.map((part) => part.inputs[operand])))
  return x && kernel && { x, kernel, first, groups: inputs.length }
}

/** The value whose last axis these cut into equal parts, in order. */
function sliced(parts: readonly Node[]): Node | undefined {
  const [whole] = parts[0].inputs
  const fits = parts.every((part, i) => {
    if (part.op.name !== 'pad' || part.inputs[0] !== whole) return false
    const [size, count] = [whole.shape, part.shape].map((shape) => shape.at(-1) as number)
    const pads = nums(part.attrs, 'pads')
    const [before, after, ...others] = [...pads.slice(-2), ...pads.slice(0, -2)]
    const isSlice = before === -i * count && after === (i + 1) * count - size && count * parts.length === size
    return isSlice && others.every((pad) => pad === 0)
  })
  return fits ? whole : undefined
}
