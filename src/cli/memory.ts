/** @file The memory of a network as `summary --memory` shows it: what the plan knows, and the rest of this process, measured. */
import { thousands } from '../report/format.ts'
import { memoryTable } from '../report/memory.ts'
import { renderText } from '../report/table.ts'
import { configure } from '../train/environment.ts'
import type { MemoryUse } from '../train/memory.ts'
import type { Model } from '../train/model.ts'
import { measureRuntime, type RuntimeMemory, TRAINING } from './runtime-memory.ts'
import type { Terminal } from './terminal.ts'

export interface MemoryOptions {
  readonly batchSize: number
  readonly examples: number
  readonly threads?: number
}

export interface PredictedMemory {
  readonly train: MemoryUse
  readonly predict: MemoryUse
  readonly runtime: RuntimeMemory
}

/** Compiles for real, for as many threads as will compute, but computes nothing. */
export async function predictMemory(
  network: Model,
  { threads, batchSize, examples }: MemoryOptions,
): Promise<PredictedMemory> {
  configure({ threads: threads ?? null })
  const runtime = await measureRuntime()
  network.compile(TRAINING)
  try {
    const use = (purpose: MemoryUse['purpose']) => network.memory(purpose, { batchSize, examples })
    return { train: await use('train'), predict: await use('predict'), runtime }
  } finally {
    await network.dispose()
  }
}

/** A table of all parts. */
export function showMemory({ train, predict, runtime }: PredictedMemory, terminal: Terminal): string {
  const column = (title: string, { purpose, parts }: MemoryUse) => ({
    title,
    parts: [...parts, { kind: 'runtime', bytes: runtime[purpose] }],
  })
  const columns = [column('Training', train), column('Inference', predict)]
  const threads = train.threads === 1 ? '1 thread' : `${train.threads} threads`
  const caption = `Memory for batches of ${train.batchSize} on ${threads}, ${thousands(train.examples)} examples:`
  return `${terminal.wrap(caption)}\n${renderText(memoryTable(caption, columns), terminal.tableColumns)}`
}

/** Bytes by the path of a layer: what is kept for it, and for the layers inside it, alone while it is trained. */
export function memoryByLayer({ train }: PredictedMemory): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { label, bytes } of train.parts) {
    const path = label.split('/')
    for (let depth = 1; depth <= path.length; depth++) {
      const layer = path.slice(0, depth).join('/')
      sums.set(layer, (sums.get(layer) ?? 0) + bytes)
    }
  }
  return sums
}

/** The same numbers for machines, kinds added up. */
export function memoryJson({ train, predict, runtime }: PredictedMemory) {
  const { batchSize, threads, examples } = train
  return {
    batchSize,
    threads,
    examples,
    train: totals(train, runtime.train),
    predict: totals(predict, runtime.predict),
  }
}

function totals({ parts, bytes }: MemoryUse, runtime: number) {
  const byKind: Record<string, number> = {}
  for (const { kind, bytes } of parts) byKind[kind] = (byKind[kind] ?? 0) + bytes
  return { peak: bytes + runtime, parts: { ...byKind, runtime } }
}
