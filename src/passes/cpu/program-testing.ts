/** @file Small programs for the tests of the passes: calls without kernels. */
import { invariant } from '../../base/errors.ts'
import type { Call, Program, Value, ValueKind } from './program.ts'

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
    const call: Call = {
      name,
      label: '',
      inputs,
      outputs,
      onImages: outputs.some((value) => value.batched || value.kind === 'lanes'),
      units: 4,
      shardImages: undefined,
      macs: 0,
      emit: () => invariant(false, 'fake calls have no code') as never,
      ...extra,
    }
    this.calls.push(call)
    return call
  }
}
