/**
 * @file Nodes whose operands are known while a file is read: shapes that are computed (`x.view(x.size(0), -1)` becomes five
 * nodes), and weights that are reshaped. They are computed at once and leave no layer behind.
 */
import type { Budget } from '../formats/bytes.ts'
import type { OnnxTensor } from '../formats/onnx/types.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'
import { sameOrder, transpose } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

/** Operand `index`; undefined where it is left out. */
type Operands = (index: number) => OnnxTensor | undefined
type Fold = (node: NodeArgs, operands: Operands, budget: Budget) => OnnxTensor

/** Bytes of a number in memory. */
const NUMBER_BYTES = 8

function operand(node: NodeArgs, operands: Operands, index: number): OnnxTensor {
  const found = operands(index)
  if (found) return found
  throw node.damaged(`operand ${index} is missing`, node.node.inputs.length)
}

function allOperands(node: NodeArgs, operands: Operands): OnnxTensor[] {
  return node.node.inputs.map((_, i) => operand(node, operands, i))
}

/** A tensor of the same kind from numbers in an array of either type. */
function like(kind: OnnxTensor['kind'], shape: Shape, numbers: ArrayLike<number>): OnnxTensor {
  if (kind === 'float') return { kind, shape, data: Float32Array.from(numbers) }
  return { kind, shape, data: Float64Array.from(numbers) }
}

/** Room for a result, paid for before it is made. */
function room(node: NodeArgs, shape: Shape, budget: Budget): Float64Array {
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) throw node.damaged('a shape cannot be', shape)
  budget.spend(sizeOf(shape) * NUMBER_BYTES)
  return new Float64Array(sizeOf(shape))
}

// ------------------------------------------------------------------------------ arithmetic

/** The shape of both, where axes of size 1 repeat. @throws SeparableError (`data`) when they do not fit */
export function broadcastShape(node: NodeArgs, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const [left, right] = [a, b].map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape])
  return left.map((size, axis) => {
    if (size === right[axis] || right[axis] === 1) return size
    if (size === 1) return right[axis]
    throw node.damaged('shapes do not fit', [a, b])
  })
}

/** A tensor repeated to a shape that it fits into. */
export function expand(node: NodeArgs, { kind, shape, data }: OnnxTensor, to: Shape, budget: Budget): OnnxTensor {
  const result = room(node, to, budget)
  const padded = [...new Array<number>(to.length - shape.length).fill(1), ...shape]
  const strides = padded.map((size, axis) => (size === 1 ? 0 : sizeOf(padded.slice(axis + 1))))
  const index = to.map(() => 0)
  let from = 0
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < to[axis]) break
      from -= strides[axis] * to[axis]
      index[axis] = 0
    }
  }
  return like(kind, to, result)
}

type Computed = (a: number, b: number, kind: OnnxTensor['kind']) => number

/** Of any number of operands. */
function reduced(compute: Computed): Fold {
  return (node, operands, budget) => {
    const [first, ...others] = allOperands(node, operands)
    if (!first) throw node.damaged('operand 0 is missing', 0)
    return others.reduce((a, b) => combined(node, [a, b], compute, budget), first)
  }
}

function arithmetic(compute: Computed, logical = false): Fold {
  return (node, operands, budget) => {
    const [a, b] = [operand(node, operands, 0), operand(node, operands, 1)]
    const result = combined(node, [a, alongAxis(node, b, a.shape.length)], compute, budget)
    return logical ? { kind: 'int', shape: result.shape, data: Float64Array.from(result.data) } : result
  }
}

/** Before opset 7 the second operand may say where its axes lie among those of the first. */
export function alongAxis(node: NodeArgs, tensor: OnnxTensor, rank: number): OnnxTensor {
  if (node.opset >= 7) return tensor
  node.ignore('broadcast')
  const axis = node.attribute('axis', 'int', undefined)
  if (axis === undefined) return tensor
  const behind = rank - node.axis(axis, rank) - tensor.shape.length
  if (behind < 0) throw node.damaged('operand 1 has too many axes', tensor.shape)
  return { ...tensor, shape: [...tensor.shape, ...new Array<number>(behind).fill(1)] }
}

function combined(
  node: NodeArgs,
  [a, b]: readonly [OnnxTensor, OnnxTensor],
  compute: Computed,
  budget: Budget,
): OnnxTensor {
  const shape = broadcastShape(node, a.shape, b.shape)
  const [left, right] = [a, b].map((each) => expand(node, each, shape, budget).data)
  return like(
    a.kind,
    shape,
    Float64Array.from(left, (x, i) => compute(x, right[i], a.kind)),
  )
}

function mapped(compute: (x: number) => number): Fold {
  return (node, operands) => {
    const { kind, shape, data } = operand(node, operands, 0)
    return like(kind, shape, Float64Array.from(data, compute))
  }
}

// ------------------------------------------------------------------------------ shapes

/** The sizes that a Reshape asks for: 0 keeps an axis, -1 is what is left. */
export function reshapeTarget(node: NodeArgs, shape: Shape, target: readonly number[]): Shape {
  const keepsZero = node.int('allowzero', 0) !== 0
  const sizes = target.map((size, axis) => (size === 0 && !keepsZero ? (shape[axis] ?? Number.NaN) : size))
  const known = sizes.filter((size) => size !== -1).reduce((product, size) => product * size, 1)
  const result = sizes.map((size) => (size === -1 ? sizeOf(shape) / known : size))
  const fits = sizes.filter((size) => size === -1).length <= 1 && sizeOf(result) === sizeOf(shape)
  if (fits && result.every((size) => Number.isSafeInteger(size) && size >= 0)) return result
  throw node.damaged(`the ${sizeOf(shape)} elements do not fit into this shape`, target)
}

/** Axes from an operand (newer files) or an attribute (older ones); undefined when there are none. */
export function axesOf(node: NodeArgs, tensor: OnnxTensor | undefined, attribute = 'axes'): number[] | undefined {
  const axes = tensor ? [...tensor.data] : node.ints(attribute)
  return axes && [...axes]
}

export function squeezed(node: NodeArgs, shape: Shape, axes: readonly number[] | undefined): Shape {
  const dropped = axes?.map((axis) => node.axis(axis, shape.length))
  const wrong = dropped?.find((axis) => shape[axis] !== 1)
  if (wrong !== undefined) throw node.damaged('only axes of size 1 can be dropped', shape)
  return shape.filter((size, axis) => (dropped ? !dropped.includes(axis) : size !== 1))
}

export function unsqueezed(node: NodeArgs, shape: Shape, axes: readonly number[] | undefined): Shape {
  if (!axes) throw node.damaged('axes are missing', axes)
  const rank = shape.length + axes.length
  const added = new Set(axes.map((axis) => node.axis(axis, rank)))
  const rest = [...shape]
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)))
}

/** Where a slice begins and how many steps of which size it takes, for each axis. */
export interface Range {
  readonly begin: number
  readonly count: number
  readonly step: number
}

export function sliceRanges(node: NodeArgs, shape: Shape, operands: Operands): Range[] {
  const from = (index: number, attribute: string) => axesOf(node, operands(index), attribute)
  const [starts, ends] = [from(1, 'starts') ?? [], from(2, 'ends') ?? []]
  const axes = (from(3, 'axes') ?? starts.map((_, axis) => axis)).map((axis) => node.axis(axis, shape.length))
  const steps = [...(operands(4)?.data ?? starts.map(() => 1))]
  const ranges = shape.map((size): Range => ({ begin: 0, count: size, step: 1 }))
  axes.forEach((axis, i) => {
    const [size, step] = [shape[axis], steps[i]]
    if (!Number.isInteger(step) || step === 0) throw node.damaged('the step of a slice cannot be', step)
    const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
    const begin = step > 0 ? clamp(starts[i], 0, size) : clamp(starts[i], 0, size - 1)
    const end = step > 0 ? clamp(ends[i], 0, size) : clamp(ends[i], -1, size - 1)
    ranges[axis] = { begin, count: Math.max(0, Math.ceil((end - begin) / step)), step }
  })
  if (ranges.some(({ begin, count }) => !Number.isSafeInteger(begin) || !Number.isSafeInteger(count)))
    throw node.damaged('a slice has no bounds', starts)
  return ranges
}

/** Elements of one axis, given as indices. */
function taken({ kind, shape, data }: OnnxTensor, axis: number, indices: readonly number[], into: Shape): OnnxTensor {
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const numbers: number[] = []
  for (let o = 0; o < outer; o++)
    for (const index of indices)
      for (let i = 0; i < inner; i++) numbers.push(data[(o * shape[axis] + index) * inner + i])
  return like(kind, into, numbers)
}

const gather: Fold = (node, operands, budget) => {
  const [source, indices] = [operand(node, operands, 0), operand(node, operands, 1)]
  const axis = node.axis(node.int('axis', 0), source.shape.length)
  const into = source.shape.toSpliced(axis, 1, ...indices.shape)
  room(node, into, budget)
  const rows = [...indices.data].map((index) => node.axis(index, source.shape[axis]))
  return taken(source, axis, rows, into)
}

const slice: Fold = (node, operands, budget) => {
  const source = operand(node, operands, 0)
  const ranges = sliceRanges(node, source.shape, operands)
  return ranges.reduce((tensor, { begin, count, step }, axis) => {
    const into = tensor.shape.with(axis, count)
    room(node, into, budget)
    return taken(
      tensor,
      axis,
      Array.from({ length: count }, (_, i) => begin + i * step),
      into,
    )
  }, source)
}

const concat: Fold = (node, operands, budget) => {
  const parts = allOperands(node, operands)
  const [first] = parts
  const axis = node.axis(node.int('axis', 0), first.shape.length)
  const others = (shape: Shape) => shape.toSpliced(axis, 1).join()
  if (parts.some(({ shape }) => shape.length !== first.shape.length || others(shape) !== others(first.shape)))
    throw node.damaged(
      'shapes do not fit',
      parts.map(({ shape }) => shape),
    )
  const outer = sizeOf(first.shape.slice(0, axis))
  const into = first.shape.with(
    axis,
    parts.reduce((sum, { shape }) => sum + shape[axis], 0),
  )
  const result = room(node, into, budget)
  let at = 0
  for (let o = 0; o < outer; o++)
    for (const { data } of parts) {
      const run = data.length / outer
      result.set(data.subarray(o * run, (o + 1) * run), at)
      at += run
    }
  return like(first.kind, into, result)
}

const constant: Fold = (node) => {
  const tensor = node.attribute('value', 'tensor', undefined) as OnnxTensor | undefined
  if (tensor) return tensor
  const name = ['value_float', 'value_int', 'value_floats', 'value_ints'].find((name) => node.node.attributes.has(name))
  const attribute = node.node.attributes.get(name ?? '')
  node.ignore(name ?? '')
  const { type, value } = attribute ?? {}
  if (typeof value === 'number') return like(type === 'int' ? 'int' : 'float', [], [value])
  if (Array.isArray(value) && type !== 'string')
    return like(type === 'ints' ? 'int' : 'float', [value.length], value as number[])
  throw node.unsupported('this kind of constant is not known', [...node.node.attributes.keys()])
}

function reshaped(shapeOf: (node: NodeArgs, shape: Shape, operands: Operands) => Shape): Fold {
  return (node, operands) => {
    const source = operand(node, operands, 0)
    return { ...source, shape: shapeOf(node, source.shape, operands) }
  }
}

const constantOfShape: Fold = (node, operands, budget) => {
  const value = (node.attribute('value', 'tensor', undefined) as OnnxTensor | undefined) ?? like('float', [], [0])
  const shape = [...operand(node, operands, 0).data]
  return like(value.kind, shape, room(node, shape, budget).fill(value.data[0] ?? 0))
}

const range: Fold = (node, operands, budget) => {
  const [start, limit, step] = [0, 1, 2].map((i) => operand(node, operands, i).data[0])
  const count = Math.max(0, Math.ceil((limit - start) / step))
  const result = room(node, [count], budget).map((_, i) => start + i * step)
  return like(operand(node, operands, 0).kind, [count], result)
}

/** What numbers a Cast asks for: FLOAT, FLOAT16, DOUBLE and BFLOAT16 are floats, all others count as whole numbers. */
const FLOAT_TYPES = [1, 10, 11, 16]

export function castsToFloat(node: NodeArgs): boolean {
  // Both are about floats of 8 bits.
  node.ignore('saturate', 'round_mode')
  return FLOAT_TYPES.includes(node.int('to', 1))
}

const cast: Fold = (node, operands) => {
  const { shape, data } = operand(node, operands, 0)
  return castsToFloat(node) ? like('float', shape, data) : like('int', shape, Float64Array.from(data, Math.trunc))
}

const divide = (a: number, b: number, kind: OnnxTensor['kind']) => (kind === 'int' ? Math.trunc(a / b) : a / b)

const folds: { readonly [opType: string]: Fold } = {
  Add: arithmetic((a, b) => a + b),
  Cast: cast,
  Ceil: mapped(Math.ceil),
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Div: arithmetic(divide),
  Equal: arithmetic((a, b) => Number(a === b), true),
  Expand(node, operands, budget) {
    const source = operand(node, operands, 0)
    const to = broadcastShape(node, source.shape, [...operand(node, operands, 1).data])
    return expand(node, source, to, budget)
  },
  Flatten: reshaped((node, shape) => {
    const axis = node.int('axis', 1)
    const at = axis === shape.length ? axis : node.axis(axis, shape.length)
    return [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))]
  }),
  Floor: mapped(Math.floor),
  Gather: gather,
  Identity: reshaped((_, shape) => shape),
  Max: reduced((a, b) => Math.max(a, b)),
  Min: reduced((a, b) => Math.min(a, b)),
  Mul: arithmetic((a, b) => a * b),
  Neg: mapped((x) => -x),
  Range: range,
  Reciprocal: mapped((x) => 1 / x),
  Reshape: reshaped((node, shape, operands) => {
    return reshapeTarget(node, shape, [...(operands(1)?.data ?? node.ints('shape') ?? [])])
  }),
  Shape: (node, operands) => shapeTensor(node, operand(node, operands, 0).shape),
  Slice: slice,
  Sqrt: mapped(Math.sqrt),
  Squeeze: reshaped((node, shape, operands) => squeezed(node, shape, axesOf(node, operands(1)))),
  Sub: arithmetic((a, b) => a - b),
  Transpose(node, operands) {
    const { kind, shape, data } = operand(node, operands, 0)
    const perm = permOf(node, shape.length)
    const sizes = perm.map((axis) => shape[axis])
    return like(kind, sizes, transpose(Float64Array.from(data), shape, perm))
  },
  Unsqueeze: reshaped((node, shape, operands) => unsqueezed(node, shape, axesOf(node, operands(1)))),
  Where(node, operands, budget) {
    const [condition, a, b] = [0, 1, 2].map((i) => operand(node, operands, i))
    const shape = broadcastShape(node, broadcastShape(node, a.shape, b.shape), condition.shape)
    const [chosen, left, right] = [condition, a, b].map((each) => expand(node, each, shape, budget).data)
    return like(
      a.kind,
      shape,
      Float64Array.from(chosen, (c, i) => (c ? left[i] : right[i])),
    )
  },
}

/**
 * The result of a node whose operands are all known; undefined when such a node cannot be computed here.
 * @throws SeparableError (`data`) when the operands do not fit, or the results take too much memory
 */
export function foldConstants(
  node: NodeArgs,
  { constants, budget }: { readonly constants: ReadonlyMap<string, OnnxTensor>; readonly budget: Budget },
): OnnxTensor | undefined {
  const { opType } = node.node
  if (!Object.hasOwn(folds, opType)) return undefined
  const result = folds[opType](node, (index) => constants.get(node.inputName(index) ?? ''), budget)
  budget.spend(result.data.length * NUMBER_BYTES)
  return result
}

/** Whether an operator can be computed while a file is read, from constants or from the shape of a value. */
export function isFoldable(opType: string): boolean {
  return Object.hasOwn(folds, opType)
}

/** The shape of a value, or part of it, as a list of whole numbers. */
export function shapeTensor(node: NodeArgs, shape: Shape): OnnxTensor {
  const [start, end] = [node.int('start', 0), node.int('end', shape.length)]
  const sizes = shape.slice(start, end)
  return like('int', [sizes.length], sizes)
}

/** The order of axes that a Transpose asks for; backwards when it says nothing. */
export function permOf(node: NodeArgs, rank: number): readonly number[] {
  const perm = node.ints('perm') ?? sameOrder(rank).toReversed()
  const sorted = [...perm].sort((a, b) => a - b)
  if (perm.length === rank && sorted.every((axis, i) => axis === i)) return perm
  throw node.damaged(`perm must order ${rank} axes`, perm)
}
