/**
 * @file The epilogue of a kernel: elementwise ops applied to each vector of results while it is still in a register.
 * Their other operands are found from the place of the result: a row vector [C] by its column, a tensor of the result's
 * shape by its distance from the output, a scalar [1] anywhere.
 */
import { invariant } from '../../base/errors.ts'
import { f32x4, type I32, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { EpilogueStep } from '../../ir/fused.ts'
import type { Node } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { emitElementwise } from '../elementwise/cpu.ts'
import type { KernelCall, KernelParams } from './contract.ts'
import { type Storage, storageOf } from './storage.ts'

/** Where a vector of results goes; both addresses are a local plus a constant number of bytes. */
export interface Place {
  readonly address: I32
  readonly addressOffset: number
  /** Bytes from the start of the row. */
  readonly column: I32
  readonly columnOffset: number
}

type Kind = 'scalar' | 'row' | 'tensor'

/** Inside a function that stores results: what it received for `Epilogue.params`. */
type Arguments = { readonly [name: string]: Local<'i32'> }

export class Epilogue {
  private readonly kinds: readonly Kind[]
  private readonly steps: readonly EpilogueStep[]
  /** The extra operand that sums start from. */
  private readonly bias: number | undefined

  /** Sums start from zero and are stored as they are. */
  static readonly none = new Epilogue({ epilogue: [], extras: [] }, { startsSums: false })

  /** With `startsSums`, a bias added first is where the kernel's sums start: it costs nothing then. */
  constructor(call: Pick<KernelCall, 'epilogue' | 'extras'>, { startsSums }: { startsSums: boolean }) {
    const [first, ...rest] = call.epilogue
    this.kinds = call.extras.map((extra) => kindOf(extra, first.node))
    const [extra = -1] = first?.extras ?? []
    const isBias = startsSums && first?.node.op.name === 'add' && this.kinds[extra] !== 'tensor'
    this.bias = isBias ? extra : undefined
    this.steps = isBias ? rest : call.epilogue
  }

  /** Whether sums are stored as they are. */
  get isEmpty(): boolean {
    return this.steps.length === 0
  }

  /** Parameters that a function which stores results takes besides its own. */
  get params(): Record<string, 'i32'> {
    return Object.fromEntries(this.kinds.map((_, i) => [`extra${i}`, 'i32']))
  }

  /** What to pass for them; to be called before `output` moves. */
  args(f: FunctionBuilder, { extras, output }: Pick<KernelParams, 'extras' | 'output'>): Local<'i32'>[] {
    return this.kinds.map((kind, i) => (kind === 'tensor' ? f.let(i32.sub(extras[i], output)) : extras[i]))
  }

  /** Where the sum for this place starts. */
  start(args: Arguments, place: Place): V128 {
    return this.bias === undefined ? f32x4.const(0) : this.extra(args, this.bias, place)
  }

  /** Applies the steps to a sum and stores it. */
  store(f: FunctionBuilder, args: Arguments, sum: V128, place: Place): void {
    let value = sum
    for (const { node, through, extras } of this.steps) {
      const operands = extras.map((extra) => this.extra(args, extra, place))
      operands.splice(through, 0, value)
      value = emitElementwise(f, node, operands)
    }
    f.store(place.address, value, place.addressOffset)
  }

  private extra(args: Arguments, index: number, place: Place): V128 {
    const pointer = args[`extra${index}`]
    switch (this.kinds[index]) {
      case 'scalar':
        return v128.loadSplat(pointer)
      case 'row':
        return v128.load(i32.add(pointer, place.column), place.columnOffset)
      default:
        return v128.load(i32.add(place.address, pointer), place.addressOffset)
    }
  }
}

/**
 * A function (image, what the epilogue takes...) for results that had to be complete before the epilogue: one pass over
 * them.
 */
export function emitPass(module: ModuleBuilder, name: string, epilogue: Epilogue, storage: Storage): FunctionBuilder {
  return module.function(name, { image: 'i32', ...epilogue.params }, (f, p) => {
    const address = p.image
    f.repeat(storage.rows, () => {
      f.range(0, storage.pitch * 4, 16, (column) => {
        epilogue.store(f, p, v128.load(address), { address, addressOffset: 0, column, columnOffset: 0 })
        f.inc(address, 16)
      })
    })
  })
}

function kindOf(extra: Node, result: Node): Kind {
  if (extra.batched || extra.shape.length > 1) {
    invariant(sizeOf(extra.shape) === sizeOf(result.shape), `${result.op.name}: an extra operand has the wrong size`)
    return 'tensor'
  }
  if (sizeOf(extra.shape) === 1) return 'scalar'
  invariant(extra.shape[0] === storageOf(result).cols, `${result.op.name}: an extra operand has the wrong length`)
  return 'row'
}
