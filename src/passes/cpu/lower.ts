/**
 * @file Turns fused clusters into calls over values: picks each kernel's variant, inserts the
 * preparation of weights and the sums of lanes, and lets parameters be updated in place.
 */
import { invariant } from '../../base/errors.ts'
import { type Cluster, type FusedGroup, type FusedOp, operandsOf, resultOf } from '../../ir/fused.ts'
import type { Graph } from '../../ir/graph.ts'
import { type Node, sumsImages, worksOnImages } from '../../ir/node.ts'
import type { CpuKernel, KernelCall, Machine, Packing } from '../../ops/cpu/contract.ts'
import { groupUnits, loopValue } from '../../ops/cpu/loop/group.ts'
import { partialUnits } from '../../ops/cpu/partials.ts'
import { storageOf } from '../../ops/cpu/storage.ts'
import { num } from '../../ops/rules/attrs.ts'
import { usersOf } from '../fuse.ts'
import { callName, groupName } from './call-names.ts'
import { type Call, makeCall, type Program, type Value, type ValueKind, type Work } from './program.ts'

/** What the passes need to know of a backend. */
export interface KernelSet {
  readonly machine: Machine
  kernelOf(node: Node): CpuKernel
  /** Forces a variant by (part of its) name; undefined lets the kernel's first choice stand. */
  readonly prefer?: string
}

export function lower(graph: Graph, batch: number, kernels: KernelSet, clusters: readonly Cluster[]): Program {
  const lowering = new Lowering(graph, batch, kernels)
  for (const cluster of inOrder(clusters)) lowering.add(cluster)
  lowering.finishUpdates()
  const outputs = new Map([...graph.outputs].map(([name, node]) => [name, lowering.read(node)]))
  const guard = graph.guard && lowering.read(graph.guard)
  const { calls, values, writes } = lowering
  return { calls, values, outputs, writes, guard, batch }
}

function nodesOf(cluster: Cluster): readonly Node[] {
  if (cluster.kind === 'group') return cluster.nodes
  const own = [cluster.node, ...cluster.epilogue.map((step) => step.node)]
  return cluster.source ? [cluster.source, ...own] : own
}

/** Clusters with producers before users; otherwise in the order in which the graph was built. */
function inOrder(clusters: readonly Cluster[]): Cluster[] {
  const lastId = (cluster: Cluster) => Math.max(...nodesOf(cluster).map((node) => node.id))
  const producer = new Map<Node, Cluster>()
  for (const cluster of clusters) {
    const results = cluster.kind === 'op' ? [resultOf(cluster)] : cluster.nodes.filter((n) => !cluster.repeated.has(n))
    for (const node of results) producer.set(node, cluster)
  }
  const ordered = new Set<Cluster>()
  const visit = (cluster: Cluster): void => {
    if (ordered.has(cluster)) return
    for (const input of externalInputs(cluster)) {
      const from = producer.get(input)
      if (from && from !== cluster) visit(from)
    }
    ordered.add(cluster)
  }
  for (const cluster of [...clusters].sort((a, b) => lastId(a) - lastId(b))) visit(cluster)
  return [...ordered]
}

function externalInputs(cluster: Cluster): Node[] {
  if (cluster.kind === 'op') return [...operandsOf(cluster), ...cluster.extras]
  return inputsOf(cluster.nodes)
}

/** What the nodes of a group read from elsewhere. */
function inputsOf(nodes: readonly Node[]): Node[] {
  const inside = new Set(nodes)
  return [...new Set(nodes.flatMap((node) => node.inputs.filter((input) => !inside.has(input))))]
}

class Lowering {
  readonly calls: Call[] = []
  readonly values: Value[] = []
  readonly writes = new Map<Call, Value[]>()
  private readonly graph: Graph
  private readonly batch: number
  private readonly kernels: KernelSet
  private readonly readers: ReadonlyMap<Node, readonly Node[]>
  /** What is read after the step, and the guard. */
  private readonly results: ReadonlySet<Node>
  /** By the new value. */
  private readonly updates: ReadonlyMap<Node, Graph['updates']>
  /** Parameters whose update a kernel has written in place. */
  private readonly updated = new Set<Node>()
  private readonly valueByNode = new Map<Node, Value>()
  private readonly sums = new Map<Value, Value>()
  private readonly packings = new Map<string, Value>()

  constructor(graph: Graph, batch: number, kernels: KernelSet) {
    this.graph = graph
    this.batch = batch
    this.kernels = kernels
    this.readers = usersOf(graph.live())
    const updates = new Map<Node, Graph['updates'][number][]>()
    for (const update of graph.updates) updates.set(update.value, [...(updates.get(update.value) ?? []), update])
    this.updates = updates
    this.results = new Set([...graph.outputs.values(), ...(graph.guard ? [graph.guard] : [])])
  }

  add(cluster: Cluster): void {
    if (cluster.kind === 'group') this.addGroup(cluster)
    else if (!this.addView(cluster)) this.addOp(cluster)
  }

  /** Copies the updates that no kernel could write in place, because something else reads the new value. */
  finishUpdates(): void {
    for (const { param, value } of this.graph.updates) {
      if (this.updated.has(param)) continue
      const target = this.read(param)
      this.push(sumCall('copy', this.read(value), target), [target])
    }
  }

  /** The value to read for a node, partial sums added up. */
  read(node: Node): Value {
    const value = this.valueOf(node)
    return value.kind === 'lanes' ? this.sumOf(value) : value
  }

  /** The value of a node; leaves appear on first use. */
  private valueOf(node: Node): Value {
    return this.valueByNode.get(node) ?? this.define(node, leafKind(node))
  }

  private define(node: Node, kind: ValueKind): Value {
    const name = typeof node.attrs.name === 'string' ? node.attrs.name : `${node.label || node.op.name}%${node.id}`
    const constant = node.op.traits.leaf === 'constant' ? { constant: num(node.attrs, 'value') } : {}
    const value = this.newValue(kind, name, storageOf(node), node.batched, constant)
    this.valueByNode.set(node, value)
    return value
  }

  private newValue(
    kind: ValueKind,
    name: string,
    storage: Value['storage'],
    batched: boolean,
    known: { constant?: number } = {},
  ): Value {
    const value = { id: this.values.length, kind, name, storage, batched, ...known }
    this.values.push(value)
    return value
  }

  private sumOf(lanes: Value): Value {
    const known = this.sums.get(lanes)
    if (known) return known
    const sum = this.newValue('plain', `${lanes.name}.sum`, lanes.storage, false)
    this.sums.set(lanes, sum)
    this.calls.push(sumCall('sumPartials', lanes, sum))
    return sum
  }

  /** A view whose bytes lie alike needs no kernel. */
  private addView({ node, epilogue }: FusedOp): boolean {
    const input = node.inputs[0] as Node
    if (!node.op.traits.view || epilogue.length > 0 || !sameBytes(input, node)) return false
    this.valueByNode.set(node, this.read(input))
    return true
  }

  /** Where a kernel writes a node's result: over the parameter that only this node updates, if there is one. */
  private destination(
    node: Node,
    inside: ReadonlySet<Node>,
    repeated?: ReadonlySet<Node>,
  ): { value: Value; param?: Value } {
    const updates = this.updates.get(node) ?? []
    const [update] = updates
    if (!update || updates.length > 1 || this.isRead(node, inside, repeated))
      return { value: this.define(node, sumsImages(node) ? 'lanes' : 'plain') }
    this.updated.add(update.param)
    const value = this.read(update.param)
    return { value, param: value }
  }

  /** Whether a node outside the cluster, or the caller, reads the result. What others repeat, they read the inputs of. */
  private isRead(node: Node, inside: ReadonlySet<Node>, repeated: ReadonlySet<Node> = new Set()): boolean {
    const readsOutside = (user: Node): boolean => !inside.has(user) || (repeated.has(user) && this.isRead(user, inside))
    return this.results.has(node) || (this.readers.get(node) ?? []).some(readsOutside)
  }

  private addOp(op: FusedOp): void {
    const kernel = this.kernels.kernelOf(op.node)
    const open = { ...op, machine: this.kernels.machine }
    const names = kernel.variants(open)
    const variant = names.find((name) => this.kernels.prefer && name.includes(this.kernels.prefer)) ?? names[0]
    invariant(variant !== undefined, `${op.node.op.name} has no kernel for this call`)
    const whole: KernelCall = { ...open, variant }
    const pieces = this.batch === 1 && op.node.batched ? (kernel.pieces?.(whole) ?? 1) : 1
    const call = pieces > 1 ? { ...whole, inPieces: true } : whole
    const inputs = this.operandValues(call, kernel)
    const { value, param } = this.destination(resultOf(op), new Set())
    const onImages = worksOnImages(op.node) && pieces === 1
    const { crossesImages } = op.node.op.traits
    this.push(
      makeCall({
        work: { kind: 'op', call },
        name: callName(call),
        label: op.node.label,
        inputs,
        outputs: [value],
        onImages,
        crosses: crossesImages === undefined ? undefined : this.read(op.node.inputs[crossesImages]),
        units: this.unitsOf(call, kernel, pieces),
        shardImages: kernel.shardImages?.(call),
        likedImages: kernel.likedImages?.(call),
        scratchBytes: kernel.scratchBytes?.(call) ?? 0,
        variants: [variant, ...names.filter((name) => name !== variant)],
        macs: macsOf(op, onImages),
      }),
      param ? [param] : [],
    )
  }

  private unitsOf(call: KernelCall, kernel: CpuKernel, pieces: number): number {
    if (pieces > 1) return pieces
    return worksOnImages(call.node) ? 0 : (kernel.units?.(call) ?? 1)
  }

  private operandValues(call: KernelCall, kernel: CpuKernel): Value[] {
    const forms = kernel.pack?.(call) ?? {}
    const operands = operandsOf(call).map((node) => {
      const input = call.node.inputs.indexOf(node)
      const form = forms[input]
      return form ? this.packed(this.read(node), form, { kind: 'pack', call, input }) : this.read(node)
    })
    return [...operands, ...call.extras.map((node) => this.read(node))]
  }

  private packed(source: Value, { key, bytes, units }: Packing, work: Work): Value {
    const known = this.packings.get(`${key}(${source.id})`)
    if (known) return known
    const storage = { rows: 1, cols: bytes / 4, pitch: bytes / 4, dtype: 'f32' as const, bytes }
    const value = this.newValue('plain', `${source.name}.${key}`, storage, false)
    this.packings.set(`${key}(${source.id})`, value)
    this.push(makeCall({ work, name: key, label: source.name, inputs: [source], outputs: [value], units }))
    return value
  }

  private addGroup({ nodes, repeated }: FusedGroup): void {
    const inside = new Set(nodes)
    const isUpdate = (node: Node) => this.updates.has(node)
    const outputs = nodes.filter(
      (node) => !repeated.has(node) && (isUpdate(node) || this.isRead(node, inside, repeated)),
    )
    const inputs = inputsOf(nodes)
    const targets = outputs.map((node) => this.destination(node, inside, repeated))
    const partial = new Set(inputs.filter((node) => this.isPartial(node, inside)))
    const group = { nodes, inputs, outputs, partial }
    const { batched } = loopValue(group)
    this.push(
      makeCall({
        work: { kind: 'loop', group },
        name: groupName(group, this.kernels.machine.isa),
        label: nodes.at(-1)?.label ?? '',
        inputs: inputs.map((node) => (partial.has(node) ? this.valueOf(node) : this.read(node))),
        outputs: targets.map((target) => target.value),
        onImages: batched,
        units: batched ? 0 : groupUnits(group),
      }),
      targets.flatMap((target) => target.param ?? []),
    )
  }

  /** Whether a value comes as partial sums that only this group, which visits the same elements, reads. */
  private isPartial(node: Node, inside: ReadonlySet<Node>): boolean {
    const [reader] = inside
    const fits = reader && !reader.batched && !reader.op.traits.sumsRows && sameBytes(node, reader)
    return (
      Boolean(fits) &&
      this.valueOf(node).kind === 'lanes' &&
      !this.sums.has(this.valueOf(node)) &&
      !this.isRead(node, inside)
    )
  }

  private push(call: Call, params: readonly Value[] = []): void {
    this.calls.push(call)
    if (params.length) this.writes.set(call, [...params])
  }
}

function leafKind(node: Node): ValueKind {
  const leaf = node.op.traits.leaf
  invariant(leaf, `${node.op.name} %${node.id} is read before it is computed`)
  return leaf === 'constant' ? 'scalar' : leaf
}

function sameBytes(a: Node, b: Node): boolean {
  const [x, y] = [storageOf(a), storageOf(b)]
  return (x.rows === y.rows && x.cols === y.cols) || (x.pitch === x.cols && y.pitch === y.cols)
}

function macsOf(op: FusedOp, onImages: boolean): number {
  const { node, source } = op
  const images = onImages ? imagesOf(node) : 1
  return (node.op.cost(node).macs + (source?.op.cost(source).macs ?? 0)) / images
}

/** The batch size of a call that works on images. */
function imagesOf(node: Node): number {
  const batched = [node, ...node.inputs].find((n) => n.batched)
  return batched?.shape[0] ?? 1
}

/** Adds up partial sums, or copies a value, which is the sum of one. */
function sumCall(kind: 'sumPartials' | 'copy', from: Value, to: Value): Call {
  const { bytes } = from.storage
  const name = `${kind === 'copy' ? kind : 'sumLanes'}.f32.flat.${bytes / 4}.v4.simd`
  const units = partialUnits(bytes)
  return makeCall({ work: { kind }, name, label: from.name, inputs: [from], outputs: [to], units })
}
