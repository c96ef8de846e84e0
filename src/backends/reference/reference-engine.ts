/** @file The reference backend: an `Engine` that interprets graphs in f64, slowly and without a plan. The oracle of all others. */
import { received, SeparableError } from '../../base/errors.ts'
import { type Graph, printGraph } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { type Shape, showShape, sizeOf } from '../../tensor/ndarray.ts'
import { type Engine, type Executable, type Feed, type Results, toArray } from '../engine.ts'

export class ReferenceEngine implements Engine {
  readonly backend = 'reference'
  readonly threads = 1
  readonly notes: readonly string[] = []
  private readonly params = new Map<string, RefArray>()

  declare(name: string, shape: Shape): void {
    const known = this.params.get(name)
    if (!known) this.params.set(name, { data: new Float64Array(sizeOf(shape)), shape })
    else if (showShape(known.shape) !== showShape(shape))
      throw new SeparableError('shape', `parameter ${name} has the shape ${showShape(known.shape)}, ${received(shape)}`)
  }

  read(name: string): Float32Array<ArrayBuffer> {
    return new Float32Array(this.param(name).data)
  }

  write(name: string, values: ArrayLike<number>): void {
    const { data, shape } = this.param(name)
    if (values.length !== data.length)
      throw new SeparableError(
        'shape',
        `parameter ${name} ${showShape(shape)} needs ${data.length} values, ${received(values.length)}`,
      )
    data.set(values)
  }

  async ready(): Promise<void> {}

  clear(name: string): void {
    this.param(name).data.fill(0)
  }

  async compile(graph: Graph, batch: number): Promise<Executable> {
    for (const node of graph.live())
      if (node.op.traits.leaf === 'param') this.declare(String(node.attrs.name), node.shape)
    return new ReferenceExecutable(graph, batch, (name) => this.param(name))
  }

  async close(): Promise<void> {
    this.params.clear()
  }

  private param(name: string): RefArray {
    const param = this.params.get(name)
    if (!param) throw new SeparableError('argument', `no parameter of the name ${received(name)}`)
    return param
  }
}

class ReferenceExecutable implements Executable {
  private readonly graph: Graph
  private readonly batch: number
  private readonly param: (name: string) => RefArray
  /** Runs whose guard was not finite. */
  private rejected = 0
  private last: Promise<unknown> = Promise.resolve()

  constructor(graph: Graph, batch: number, param: (name: string) => RefArray) {
    this.graph = graph
    this.batch = batch
    this.param = param
  }

  describe(): string {
    return printGraph(this.graph)
  }

  async run(feed: Feed): Promise<Results> {
    if (!Number.isInteger(feed.count) || feed.count < 1 || feed.count > this.batch)
      throw new SeparableError('argument', `run: count must be 1 to ${this.batch}, ${received(feed.count)}`)
    const inputs = Object.fromEntries(Object.entries(feed.inputs).map(([name, data]) => [name, toArray(data)]))
    const { rejected } = this
    const result = this.last.then(() => this.evaluate({ ...feed, inputs }, rejected))
    this.last = result.catch(() => {})
    return result
  }

  /** @param rejected what the caller could know of when it asked for this run */
  private evaluate(feed: Feed, rejected: number): Results {
    const { guard, outputs, updates } = this.graph
    const values = evaluate(this.graph.live(), (leaf) => this.leafValue(leaf, feed), feed.count)
    const dataOf = (node: Node) => (values.get(node) as RefArray).data
    const results = [...outputs].map(([name, node]) => [name, new Float32Array(dataOf(node))] as const)
    const commit = rejected === this.rejected
    if (guard && !dataOf(guard).every(Number.isFinite)) this.rejected += 1
    else if (commit)
      for (const { param, value } of updates) this.param(String(param.attrs.name)).data.set(dataOf(value))
    return Object.fromEntries(results)
  }

  private leafValue(leaf: Node, feed: Feed): RefArray {
    const name = String(leaf.attrs.name)
    switch (leaf.op.traits.leaf) {
      case 'param': {
        const { data, shape } = this.param(name)
        return { data: data.slice(), shape }
      }
      case 'scalar':
        return number(feed.scalars?.[name] ?? missing(`scalar ${name}`))
      case 'constant':
        return number(leaf.attrs.value as number)
      default:
        return inputValue(leaf, name, feed)
    }
  }
}

function number(value: number): RefArray {
  return { data: Float64Array.of(value), shape: [1] }
}

function missing(what: string): never {
  throw new SeparableError('argument', `run: ${what} is missing`)
}

function inputValue(leaf: Node, name: string, feed: Feed): RefArray {
  const shape = leaf.batched ? [feed.count, ...leaf.shape.slice(1)] : leaf.shape
  const given = feed.inputs[name] && toArray(feed.inputs[name])
  if (given?.length !== sizeOf(shape))
    throw new SeparableError('shape', `run: input ${name} needs ${sizeOf(shape)} elements, ${received(given?.length)}`)
  return { data: Float64Array.from(given), shape }
}
