/** @file The machine that a comparison runs on: threads, and what they can reach at most. */
import { cpus } from 'node:os'
import { createEngine } from '../train/environment.ts'

export interface Machine {
  readonly threads: number
  /** GFLOP/s that all threads reach together at most, measured; NaN when that means nothing. */
  readonly peak: number
}

export async function inspectMachine(): Promise<Machine> {
  const engine = await createEngine()
  try {
    return { threads: engine.threads, peak: (await engine.measurePeak?.()) ?? Number.NaN }
  } finally {
    await engine.close()
  }
}

/** `Intel Xeon, 2 cores` */
export function processorName(): string {
  const processors = cpus()
  return `${processors[0]?.model.trim() || 'unknown processor'}, ${processors.length} cores`
}
