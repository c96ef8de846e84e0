/**
 * @file Which register tile this engine's compiler handles better, found by running both for a few
 * milliseconds. Some versions of V8 keep six rows in registers, others spill them and run at half
 * speed; the version number does not tell, a clock does. The choice changes no bit of any result.
 */
import { int } from '../../codegen/wasm/expr.ts'
import { type Isa, ModuleBuilder } from '../../codegen/wasm/module.ts'
import { Epilogue } from '../../ops/epilogue.ts'
import { emitProduct } from '../../ops/product/product.ts'
import { tileSize } from '../../ops/product/registers.ts'

type TileRows = 4 | 6

const DEPTH = 128
const ROWS = 48
const COLS = 8
/** Calls in one timed piece, about 0.1 ms. */
const CALLS = 32
/** Time for each candidate: the optimising compiler needs a few milliseconds to step in. */
const BUDGET_MS = 10

const known = new Map<Isa, TileRows>()

/** Measured once for each instruction set, then remembered. */
export function fastestTileRows(isa: Isa): TileRows {
  const rows = known.get(isa) ?? measure(isa)
  known.set(isa, rows)
  return rows
}

function measure(isa: Isa): TileRows {
  const six = candidate(isa, 6)
  const four = candidate(isa, 4)
  const best = { six: Number.POSITIVE_INFINITY, four: Number.POSITIVE_INFINITY }
  for (const start = performance.now(); performance.now() - start < 2 * BUDGET_MS; ) {
    best.four = Math.min(best.four, time(four))
    best.six = Math.min(best.six, time(six))
  }
  return best.six < best.four ? 6 : 4
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

function candidate(isa: Isa, tileRows: TileRows): () => void {
  const module = new ModuleBuilder({ isa, shared: false, maxPages: 1 })
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
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } })
  return instance.exports.run as () => void
}
