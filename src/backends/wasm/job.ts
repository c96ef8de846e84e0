/** @file What a pool can run: a compiled module and what it exports. */

/** A module with `step(thread, threads)`, or without: then `inline` runs it piece by piece. */
export interface Job {
  readonly id: number
  readonly module: WebAssembly.Module
  inline?(exports: JobExports): Promise<void>
  /** Whether its threads meet at the end of `step`, so that all have done their part when one returns. */
  readonly meets?: boolean
}

export interface JobExports {
  readonly [name: string]: ((...args: number[]) => void) | undefined
}
