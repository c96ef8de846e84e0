/**
 * @file The lowered program: calls of kernels over values in memory. Between the graph (what to
 * compute) and the plan (when, where and by whom).
 */
import type { KernelCall } from '../../ops/cpu/contract.ts'
import type { ElementwiseGroup } from '../../ops/cpu/loop/group.ts'
import type { Storage } from '../../ops/cpu/storage.ts'

/**
 * - `param`: kept between steps, owned by the engine
 * - `input`, `scalar`: fed before a step
 * - `plain`: computed during a step
 * - `lanes`: one partial sum per lane, added up by a `sum` call
 */
export type ValueKind = 'param' | 'input' | 'scalar' | 'plain' | 'lanes'

export interface Value {
  readonly id: number
  readonly kind: ValueKind
  /** Name of the leaf for param, input and scalar; otherwise for people. */
  readonly name: string
  /** Of one image when batched. */
  readonly storage: Storage
  readonly batched: boolean
  /** Known while compiling. */
  readonly constant?: number
}

/**
 * What a call does, as data, of which a backend makes code:
 * - `op`: the kernel of an op
 * - `loop`: a loop over elements
 * - `pack`: brings input number `input` of a call's node into the form that its kernel wants
 * - `sumPartials`: adds up the partial sums of all lanes
 * - `copy`: copies a value
 */
export type Work =
  | { readonly kind: 'op'; readonly call: KernelCall }
  | { readonly kind: 'loop'; readonly group: ElementwiseGroup }
  | { readonly kind: 'pack'; readonly call: KernelCall; readonly input: number }
  | { readonly kind: 'sumPartials' | 'copy' }

export interface Call {
  readonly work: Work
  /** `<op>.<dtype>.<layout>.<shape>.<tile>.<isa>`: the wasm function, the profiler's and the bench's name. */
  readonly name: string
  /** Layer path, for people. */
  readonly label: string
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  /** Split by images; otherwise by `units`. */
  readonly onImages: boolean
  /** An input of which any image may be read for each one of the result. */
  readonly crosses?: Value | undefined
  readonly units: number
  /** Images to take at a time; undefined where it does not matter. */
  readonly shardImages?: number | undefined
  /** Images to take together if their results stay in the cache. */
  readonly likedImages?: number | undefined
  /** Private memory of its kernel. */
  readonly scratchBytes: number
  /** The kernel that was chosen and those that would do as well. */
  readonly variants?: readonly string[]
  /** Multiply-accumulates: of one image when `onImages`, otherwise of the whole call. */
  readonly macs: number
}

export interface Program {
  readonly calls: readonly Call[]
  readonly values: readonly Value[]
  /** Named results of the graph. */
  readonly outputs: ReadonlyMap<string, Value>
  /** Calls that overwrite a parameter in place, and the parameter. */
  readonly writes: ReadonlyMap<Call, readonly Value[]>
  /** Parameters are overwritten only when all its elements are finite. */
  readonly guard: Value | undefined
  readonly batch: number
}

/** A call, of which most have only a few things to say. */
export function makeCall(call: Pick<Call, 'work' | 'name' | 'label' | 'inputs' | 'outputs'> & Partial<Call>): Call {
  return { onImages: false, units: 0, scratchBytes: 0, macs: 0, ...call }
}

/** Whether the call brings a weight into another form: it need not be done again while the weight has not changed. */
export function packs({ work }: Call): boolean {
  return work.kind === 'pack'
}

/** Whether a call needs a value as a whole: whoever makes it in parts must have ended. */
export function readsWhole({ onImages, crosses }: Call, value: Value): boolean {
  return !onImages || !value.batched || value === crosses
}

/** `conv2d.f32... (x, w) -> y  # block1/conv2d` */
export function printCall({ name, label, inputs, outputs }: Call): string {
  const names = (values: readonly Value[]) => values.map((value) => value.name).join(', ')
  return `${name}  (${names(inputs)}) -> ${names(outputs)}${label ? `  # ${label}` : ''}`
}
