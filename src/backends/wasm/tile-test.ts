/**
 * @file Which register tile this engine's compiler handles better, found by running both for a few
 * milliseconds. Some versions of V8 keep six rows in registers, others spill them and run at half
 * speed; the version number does not tell, a clock does. The choice changes no bit of any result.
 */

import { int } from '../../codegen/expr.ts'
import type { Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { Epilogue } from '../../ops/cpu/epilogue.ts'
import { emitProduct } from '../../ops/cpu/product/product.ts'
import { tileSize } from '../../ops/cpu/product/registers.ts'
import { compileNow } from './compile-module.ts'

type TileRows = 4 | 6

const DEPTH = 128
const ROWS = 48
const COLS = 8
/** Calls in one timed piece, about 0.1 ms. */
const CALLS = 32
/** The optimising compiler needs a few milliseconds to step in. */
const LEAST_MS = 20
/** On a busy machine it comes late: only after so many rounds without news is the measurement one to rely on. */
const CALM_ROUNDS = 20
const MOST_MS = 200
/** Less is noise. */
const NEWS = 0.97

/** Where results of tests on this very machine and engine version are kept from one process to the next. */
export interface TestRecords {
  read(test: string): string | undefined
  write(test: string, result: string): void
}

const known = new Map<Isa, TileRows>()

/** Measured once for each instruction set, then remembered: in this process, and in `records` if there are any. */
export function fastestTileRows(isa: Isa, records?: TestRecords): TileRows {
  const rows = known.get(isa) ?? recorded(isa, records) ?? measure(isa, records)
  known.set(isa, rows)
  return rows
}

/** Another test of products must not find the results of this one. */
const recordOf = (isa: Isa) => `rows of a register tile, ${isa}`

/** What is in the records may come from anywhere. */
function recorded(isa: Isa, records: TestRecords | undefined): TileRows | undefined {
  const text = records?.read(recordOf(isa))
  return text === '4' ? 4 : text === '6' ? 6 : undefined
}

function measure(isa: Isa, records: TestRecords | undefined): TileRows {
  const candidates = ([4, 6] as const).map((rows) => ({
    rows,
    run: candidate(isa, rows),
    best: Number.POSITIVE_INFINITY,
  }))
  const start = performance.now()
  let calm = 0
  for (let spent = 0; spent < LEAST_MS || (calm < CALM_ROUNDS && spent < MOST_MS); spent = performance.now() - start) {
    calm += 1
    for (const each of candidates) {
      const ms = time(each.run)
      if (ms < NEWS * each.best) calm = 0
      each.best = Math.min(each.best, ms)
    }
  }
  const { rows } = candidates.reduce((a, b) => (b.best < a.best ? b : a))
  if (calm >= CALM_ROUNDS) records?.write(recordOf(isa), String(rows))
  return rows
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

function candidate(isa: Isa, tileRows: TileRows): () => void {
  const module = new WasmModule(isa)
  const product = emitProduct(module, 'product', {
    depth: DEPTH,
    cols: COLS,
    leftPitch: DEPTH * 4,
    resultPitch: COLS * 4,
    size: tileSize({ isa, tileRows }),
    epilogue: new Epilogue({ epilogue: [], extras: [] }, { startsSums: false }),
  })
  const [left, panels, result] = [0, ROWS * DEPTH * 4, (ROWS + COLS) * DEPTH * 4]
  const run = module.function('run', {}, (f) => {
    f.repeat(CALLS, () => f.call(product, int(left), panels, result, ROWS))
  })
  module.export(run)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const instance = new WebAssembly.Instance(compileNow(module.toBytes({ shared: false, maxPages: 1 })), {
    env: { memory },
  })
  return instance.exports.run as () => void
}
