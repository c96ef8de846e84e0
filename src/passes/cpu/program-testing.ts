/** @file Small programs for the tests of the passes: calls without kernels. */
import type { KernelCall } from '../../ops/cpu/contract.ts'
import { type Call, makeCall, type Program, type Value, type ValueKind, type Work } from './program.ts'

/** Of a weight; there is no kernel that would want it. */
export const FAKE_PACKING: Work = { kind: 'pack', call: {} as KernelCall, input: 0 }

export class FakeProgram implements Program {
  readonly calls: Call[] = []
  readonly values: Value[] = []
  readonly outputs = new Map<string, Value>()
  readonly writes = new Map<Call, Value[]>()
  guard: Value | undefined
  readonly batch: number

  constructor(batch: number) {
    this.batch = batch
  }

  value(name: string, kind: ValueKind, batched: boolean, bytes = 64): Value {
    const storage = { rows: 1, cols: bytes / 4, pitch: bytes / 4, dtype: 'f32' as const, bytes }
    const value = { id: this.values.length, kind, name, storage, batched }
    this.values.push(value)
    return value
  }

  call(name: string, inputs: Value[], outputs: Value[], extra: Partial<Call> = {}): Call {
    const onImages = outputs.some((value) => value.batched || value.kind === 'lanes')
    const call = makeCall({ work: { kind: 'copy' }, name, label: '', inputs, outputs, onImages, units: 4, ...extra })
    this.calls.push(call)
    return call
  }
}
