/** @file From an ONNX file to a model of ordinary layers. */
import { received, SeparableError } from '../base/errors.ts'
import { MAX_RANK } from '../formats/arrays.ts'
import { damaged } from '../formats/bytes.ts'
import { readOnnx } from '../formats/onnx/read.ts'
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../formats/onnx/types.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import { input } from '../nn/layers/input.ts'
import { type Args, opaque, resolve, sizes, text } from '../nn/schema.ts'
import { CLASS_NAMES, namesInText } from '../saving/class-names.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { foldConstants, isFoldable, shapeTensor } from './constants.ts'
import { denseImporters } from './import-dense.ts'
import { elementwiseImporters } from './import-elementwise.ts'
import { reduceImporters } from './import-reduce.ts'
import { resizeImporters } from './import-resize.ts'
import { type Importer, ImportScope, plainName, type Value } from './import-scope.ts'
import { isTurn, shapeImporters } from './import-shape.ts'
import { windowImporters } from './import-windows.ts'
import { channelsFirst, equalOrder, sameOrder } from './layout.ts'
import { NodeArgs } from './node-args.ts'

const importers: ReadonlyMap<string, Importer> = new Map(
  [windowImporters, resizeImporters, denseImporters, elementwiseImporters, reduceImporters, shapeImporters].flatMap(
    (table) => Object.entries(table),
  ),
)

/** Far more than any network that this library could run. */
const MAX_NODES = 20_000
const MAX_BORDERS = 1000

const importSchema = {
  inputShape: sizes(
    'sizes of one item of the input, [height, width, channels], where the file leaves them open',
  ).orNull(),
  name: text('name of the model; null takes that of the graph').orNull(),
  what: text('name of the file, for messages').default('ONNX file'),
  externalData: opaque<{ readonly [location: string]: Uint8Array }>(
    'files beside the ONNX file that hold its weights, by the names under which it knows them',
    'an object of Uint8Arrays',
    (input) =>
      typeof input === 'object' && input !== null && Object.values(input).every((bytes) => bytes instanceof Uint8Array),
  ).default({}),
}

export type ImportOnnxArgs = Args<typeof importSchema>

/**
 * A model of ordinary layers that computes what an ONNX file does, and can be trained further.
 *
 * What has four axes is taken for pictures: [N,C,H,W] in the file, [N,H,W,C] here, as input and as output. Where the file
 * itself turns them, after its input or before its output, they are [N,H,W,C] on both sides. What has three axes is as in
 * the file at the borders, and for convolutions and pools a sequence, [N,C,L] in the file.
 * Shapes that the file computes become fixed sizes. Layers have the names of the file's nodes.
 *
 * Defaults: inputShape null (the file must say how large its inputs are), name null (that of the graph), what "ONNX file",
 * externalData none: where weights lie in another file, as PyTorch writes them, `{ 'net.onnx.data': bytes }`.
 * @throws SeparableError (`data`) when the file is damaged, (`unsupported`) naming the node and its operator when there is no
 *   layer for it
 */
export function importOnnx(bytes: Uint8Array, args: ImportOnnxArgs = {}): Model {
  const { inputShape, name, what, externalData } = resolve('importOnnx', importSchema, args)
  const external = new Map(Object.entries(externalData))
  const file = readOnnx(bytes, what, external)
  checkSize(file, what)
  const size = [bytes, ...external.values()].reduce((sum, { length }) => sum + length, 0)
  const scope = new ImportScope(file, size, what)
  const inputs = inputsOf(file, scope, inputShape, what)
  const nodes = neededNodes(file).map((node) => new NodeArgs(node, file.opset, what))
  for (const node of nodes) foldNode(node, scope)
  checkOperators(nodes, scope)
  for (const node of nodes) importNode(node, scope)
  const outputs = file.outputs.map((output) => outputOf(output, scope, what))
  const made = model({ inputs, outputs, name: name ?? (plainName(file.name) || 'onnx') })
  made.classNames = namesInText(file.metadata?.get(CLASS_NAMES))
  return made
}

function checkSize({ nodes, inputs, outputs, initializers }: OnnxModel, what: string): void {
  const borders = inputs.length - initializers.size + outputs.length
  if (nodes.length > MAX_NODES || borders > MAX_BORDERS)
    throw damaged(what, `has too many nodes, or inputs and outputs: at most ${MAX_NODES}, ${MAX_BORDERS}`, [
      nodes.length,
      borders,
    ])
}

// ------------------------------------------------------------------------------ borders

function inputsOf(
  { inputs, initializers }: OnnxModel,
  scope: ImportScope,
  inputShape: readonly number[] | null,
  what: string,
): SymbolicTensor[] {
  const fed = inputs.filter(({ name }) => !initializers.has(name))
  return fed.map(({ name, shape }) => {
    const rank = shape?.length ?? (inputShape?.length ?? 0) + 1
    const order = rank === 4 && !turnsAfter(name, scope) ? channelsFirst(4) : sameOrder(rank)
    const declared = sameOrder(rank).map((axis) => shape?.[order.indexOf(axis)])
    const known = sizesIn(declared.slice(1)) ?? inputShape
    if (!known || known.length !== rank - 1 || (fed.length > 1 && known === inputShape))
      throw new SeparableError(
        'unsupported',
        `${what}: the sizes of input "${name}" must be known (importOnnx takes inputShape for one input), ${received(shape)}`,
      )
    const tensor = input({ shape: known, name: scope.inputName(name) })
    scope.values.set(name, scope.made(tensor, order))
    return tensor
  })
}

/** What a preprocessing before the first turn, or an activation after the last one, may be: it leaves all axes in place. */
const IN_PLACE = new Set(['Add', 'Cast', 'Clip', 'Div', 'Identity', 'Mul', 'Relu', 'Sigmoid', 'Sub', 'Tanh'])

/** Whether the node changes one value, by constants at most. */
function leavesAxes({ opType, inputs }: OnnxNode, scope: ImportScope): boolean {
  return IN_PLACE.has(opType) && inputs.filter((name) => name && !scope.constants.has(name)).length === 1
}

/** Whether the file turns [N,H,W,C] to [N,C,H,W] after this value, wherever it is read. */
function turnsAfter(name: string, scope: ImportScope): boolean {
  const names = new Set([name])
  for (const each of names) {
    const onwards = scope.readers(each).filter((node) => !isTurn(node, [0, 3, 1, 2]))
    if (scope.readers(each).length === 0 || !onwards.every((node) => leavesAxes(node, scope))) return false
    for (const { outputs } of onwards) names.add(outputs[0])
  }
  return true
}

/** Whether the file has turned [N,C,H,W] to [N,H,W,C] before this value. */
function turnsBefore(name: string, scope: ImportScope): boolean {
  const names = new Set([name])
  for (const each of names) {
    const maker = scope.maker(each)
    if (maker && isTurn(maker, [0, 2, 3, 1])) return true
    if (maker && leavesAxes(maker, scope)) for (const operand of maker.inputs) names.add(operand)
  }
  return false
}

function sizesIn(shape: readonly unknown[]): readonly number[] | undefined {
  const sizes = shape.filter((size): size is number => Number.isSafeInteger(size) && (size as number) > 0)
  return sizes.length > 0 && sizes.length === shape.length ? sizes : undefined
}

function outputOf({ name }: OnnxValueInfo, scope: ImportScope, what: string): SymbolicTensor {
  const value = scope.values.get(name)
  if (!value) {
    throw damaged(
      what,
      `has an output that ${scope.constants.has(name) ? 'depends on no input' : 'no node makes'}`,
      name,
    )
  }
  const rank = value.shape.length
  const maker = scope.maker(name)
  const order = rank === 4 && !turnsBefore(name, scope) ? channelsFirst(4) : sameOrder(rank)
  if (!maker || equalOrder(value.order, order)) return value.tensor
  return scope.reordered(new NodeArgs(maker, 0, what), value, order).tensor
}

/** Nodes that some output needs, in the order of the file. */
function neededNodes({ nodes, outputs }: OnnxModel): OnnxNode[] {
  const wanted = new Set(outputs.map(({ name }) => name))
  const needed: OnnxNode[] = []
  // Operands come before their readers, so one walk from the end finds all.
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue
    needed.push(node)
    for (const name of node.inputs) wanted.add(name)
  }
  return needed.reverse()
}

// ------------------------------------------------------------------------------ nodes

/** Computes a node whose operands are all constants. */
function foldNode(node: NodeArgs, scope: ImportScope): void {
  const { inputs, outputs, domain } = node.node
  const operands = inputs.map((name) => scope.constants.get(name))
  if (domain !== '' || operands.some((operand, i) => !operand && inputs[i] !== '')) return
  const folded = foldConstants(node, scope)
  if (!folded) return
  node.refuseUnread()
  refuseFurtherOutputs(node, 1, scope)
  keep(node, outputs[0], folded, scope)
}

function importerOf({ node: { opType, domain } }: NodeArgs): Importer | undefined {
  return domain === '' ? importers.get(opType) : undefined
}

function withoutLayer(node: NodeArgs): SeparableError {
  const { opType, domain } = node.node
  return node.unsupported('there is no layer for this operator', domain ? `${domain}.${opType}` : opType)
}

/** Before anything is made: what keeps a file from being read is its LSTM, not the Transpose that it stands behind. */
function checkOperators(nodes: readonly NodeArgs[], { constants }: ImportScope): void {
  const foreign = nodes.find(
    (node) => !importerOf(node) && !isFoldable(node.node.opType) && !constants.has(node.node.outputs[0]),
  )
  if (foreign) throw withoutLayer(foreign)
}

function importNode(node: NodeArgs, scope: ImportScope): void {
  const { opType, outputs } = node.node
  if (scope.constants.has(outputs[0])) return
  foldNode(node, scope)
  if (scope.constants.has(outputs[0])) return
  if (opType === 'Shape') {
    const sizes = shapeTensor(node, scope.value(node, 0).shape)
    node.refuseUnread()
    keep(node, outputs[0], sizes, scope)
    return
  }
  const importer = importerOf(node)
  if (!importer) throw withoutLayer(node)
  const made = located(node, () => importer(node, scope))
  const values: readonly Value[] = Array.isArray(made) ? made : [made]
  node.refuseUnread()
  refuseFurtherOutputs(node, values.length, scope)
  values.forEach((value, i) => {
    const name = outputs[i] ?? ''
    if (name === '') return
    checkNew(node, name, value, scope)
    scope.values.set(name, value)
  })
}

/** Results beside the first ones, such as the places of maxima, must be of no use to anyone. */
function refuseFurtherOutputs(node: NodeArgs, known: number, scope: ImportScope): void {
  const wanted = node.node.outputs.findIndex((name, i) => i >= known && name !== '' && scope.isWanted(name))
  if (wanted >= 0) throw node.unsupported(`output ${wanted} is not supported`, node.node.outputs[wanted])
}

function keep(node: NodeArgs, name: string, value: OnnxTensor, scope: ImportScope): void {
  checkNew(node, name, value, scope)
  scope.constants.set(name, value)
}

function checkNew(
  node: NodeArgs,
  name: string,
  { shape }: Value | OnnxTensor,
  { values, constants }: ImportScope,
): void {
  if (values.has(name) || constants.has(name)) throw node.damaged('two nodes make the same value', name)
  if (shape.length > MAX_RANK) throw node.damaged(`a value has too many axes: at most ${MAX_RANK}`, shape.length)
}

/** What a layer does not take is the fault of the file here, not of the caller. */
function located<T>(node: NodeArgs, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof SeparableError) || !['argument', 'shape'].includes(error.code)) throw error
    throw new SeparableError('unsupported', `${node.what}: ${error.message}`, { cause: error })
  }
}
