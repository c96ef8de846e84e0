/** @file From a call of the plan to the function that does its work: kernels are written here, with the names of their calls. */
import { invariant } from '../../base/errors.ts'
import type { Local } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { KernelCall } from '../../ops/cpu/contract.ts'
import { emitGroup } from '../../ops/cpu/loop/loop.ts'
import { emitSumPartials } from '../../ops/cpu/partials.ts'
import { cpuKernelOf } from '../../ops/cpu.ts'
import type { Call } from '../../passes/cpu/program.ts'

/**
 * A function (input pointers..., output pointers..., scratch if the call `takesScratch`, begin, end); calls of equal names share
 * one.
 * @param lanes how many partial sums there are
 */
export function emitCall(module: ModuleBuilder, call: Call, lanes: number): FunctionBuilder {
  const { work, name } = call
  switch (work.kind) {
    case 'op':
      return module.shared(name, () => emitOp(module, call, work.call))
    case 'loop':
      return module.shared(name, () =>
        kernelFunction(module, call, ({ f, inputs, outputs, begin, end }) =>
          emitGroup(f, work.group, { inputs, outputs, begin, end }, lanes),
        ),
      )
    case 'pack':
      return packingOf(work.call, work.input).emit(module)
    case 'sumPartials':
      return module.shared(name, () => emitSumPartials(module, name, call.inputs[0].storage.bytes, lanes))
    case 'copy':
      return module.shared(name, () => emitSumPartials(module, name, call.inputs[0].storage.bytes, 1))
  }
}

/** Whether the function of the call takes a pointer to private memory. */
export function takesScratch({ work }: Call): boolean {
  return work.kind === 'op' || work.kind === 'loop'
}

function packingOf(call: KernelCall, input: number) {
  const packing = cpuKernelOf(call.node).pack?.(call)[input]
  invariant(packing, `${call.node.op.name} packs no input ${input}`)
  return packing
}

function emitOp(module: ModuleBuilder, call: Call, kernelCall: KernelCall): FunctionBuilder {
  const operands = call.inputs.length - kernelCall.extras.length
  return kernelFunction(module, call, ({ f, inputs, outputs: [output], ...rest }) =>
    cpuKernelOf(kernelCall.node).emit(
      f,
      { inputs: inputs.slice(0, operands), extras: inputs.slice(operands), output, ...rest },
      kernelCall,
    ),
  )
}

type Pointer = Local<'i32'>

interface KernelFunction {
  readonly f: FunctionBuilder
  readonly inputs: readonly Pointer[]
  readonly outputs: readonly Pointer[]
  readonly scratch: Pointer
  readonly begin: Pointer
  readonly end: Pointer
}

function kernelFunction(
  module: ModuleBuilder,
  { name, inputs, outputs }: Call,
  body: (parts: KernelFunction) => void,
): FunctionBuilder {
  const named = (prefix: string, values: Call['inputs']) => values.map((_, i) => `${prefix}${i}`)
  const [ins, outs] = [named('in', inputs), named('out', outputs)]
  const types = Object.fromEntries([...ins, ...outs, 'scratch', 'begin', 'end'].map((param) => [param, 'i32' as const]))
  return module.function(name, types, (f, p: Record<string, Pointer>) => {
    const { scratch, begin, end } = p
    body({ f, inputs: ins.map((param) => p[param]), outputs: outs.map((param) => p[param]), scratch, begin, end })
  })
}
