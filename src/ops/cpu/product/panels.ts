/**
 * @file Panels: how the right operand of a product lies in memory. Eight columns of a matrix [depth, cols], all rows of
 * them one after the other, then the next eight; the last panel has four columns when that is enough. The inner loop
 * thus reads the right operand as one stream.
 */
import { type F32, f32, i32, type Local, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../codegen/module.ts'
import type { Packing } from '../contract.ts'
import { TILE_VECTORS } from './registers.ts'

const PANEL_COLS = TILE_VECTORS * 4

/** Full panels of a matrix with `cols` columns, and the vectors of its last, narrower one (0 when there is none). */
export function panelsOf(cols: number): { full: number; rest: number } {
  const vectors = Math.ceil(cols / 4)
  return { full: Math.floor(vectors / TILE_VECTORS), rest: vectors % TILE_VECTORS }
}

/** Runs `body` for each panel, given its width in vectors; it is written once for each width that occurs. */
export function forEachPanel(f: FunctionBuilder, cols: number, body: (vectors: number) => void): void {
  const { full, rest } = panelsOf(cols)
  f.repeat(full, () => body(TILE_VECTORS))
  if (rest) body(rest)
}

/**
 * A matrix [depth, cols] read out of stored weights: element (k, n) lies at
 * (k / inner) * outerStep + (k % inner) * innerStep + n * colStep bytes.
 */
export interface MatrixView {
  readonly name: string
  readonly depth: number
  readonly cols: number
  readonly inner: number
  readonly outerStep: number
  readonly innerStep: number
  readonly colStep: number
}

/** Rows x cols as stored, `pitch` bytes from row to row. */
export function plainView(rows: number, cols: number, pitch: number): MatrixView {
  return { name: 'panels', depth: rows, cols, inner: rows, outerStep: 0, innerStep: pitch, colStep: 4 }
}

/** The transpose of what is stored: [cols, rows]. */
export function transposedView(rows: number, cols: number, pitch: number): MatrixView {
  return { name: 'panelsT', depth: cols, cols: rows, inner: cols, outerStep: 0, innerStep: 4, colStep: pitch }
}

/** `blocks` stored matrices [rows, cols], each transposed: [blocks * cols, rows]. */
export function blockTransposedView(blocks: number, rows: number, cols: number, pitch: number): MatrixView {
  return {
    name: `panelsT${blocks}`,
    depth: blocks * cols,
    cols: rows,
    inner: cols,
    outerStep: rows * pitch,
    innerStep: 4,
    colStep: pitch,
  }
}

/** Brings weights into panels; columns beyond the last become zero. */
export function packedPanels(view: MatrixView): Packing {
  const { full, rest } = panelsOf(view.cols)
  const key = `${view.name}.f32.${view.depth}x${view.cols}`
  return {
    key,
    bytes: view.depth * (full * TILE_VECTORS + rest) * 16,
    units: full + Math.sign(rest),
    emit: (module) => module.shared(key, () => emitPanels(module, key, view)),
  }
}

function emitPanels(module: ModuleBuilder, name: string, view: MatrixView): FunctionBuilder {
  const { full, rest } = panelsOf(view.cols)
  const lastCols = view.cols % PANEL_COLS
  const last = full + Math.sign(rest) - 1
  const params = { source: 'i32', destination: 'i32', begin: 'i32', end: 'i32' } as const
  return module.function(name, params, (f, p) => {
    f.range(p.begin, p.end, 1, (panel) => {
      const from = f.let(i32.add(p.source, i32.mul(panel, PANEL_COLS * view.colStep)))
      const to = f.let(i32.add(p.destination, i32.mul(panel, view.depth * PANEL_COLS * 4)))
      const whole = () => gatherPanel(f, view, from, to, PANEL_COLS, TILE_VECTORS)
      if (!lastCols) whole()
      else f.if(i32.ltS(panel, last), whole, () => gatherPanel(f, view, from, to, lastCols, rest || TILE_VECTORS))
    })
  })
}

/** Copies `cols` columns into a panel `vectors` wide. */
function gatherPanel(
  f: FunctionBuilder,
  view: MatrixView,
  source: Local<'i32'>,
  to: Local<'i32'>,
  cols: number,
  vectors: number,
): void {
  const [from, block] = [f.i32(), f.let(source)]
  const element = (n: number): F32 => (n < cols ? f32.load(from, n * view.colStep) : f32.const(0))
  f.repeat(view.depth / view.inner, () => {
    f.set(from, block)
    f.repeat(view.inner, () => {
      for (let n = 0; n < vectors * 4; n++) f.store(to, element(n), n * 4)
      f.inc(from, view.innerStep)
      f.inc(to, vectors * 16)
    })
    f.inc(block, view.outerStep)
  })
}

/** Rows copied into panels while they are in the cache, for products that sum over rows. */
export interface StagedPanels {
  readonly cols: number
  /** Bytes between rows in memory. */
  readonly pitch: number
  /** Bytes from one panel to the next. */
  readonly panel: number
  readonly bytes: number
}

/** Bytes from row to row of a staged panel, narrow ones included. */
export const STAGED_ROW = PANEL_COLS * 4

/** One cache line more than needed keeps equal rows of different panels out of the same cache set. */
const SKEW = 64

export function stagedPanels(cols: number, pitch: number, rows: number): StagedPanels {
  const { full, rest } = panelsOf(cols)
  const panel = rows * STAGED_ROW + SKEW
  return { cols, pitch, panel, bytes: (full + rest) * panel }
}

/** A function (rows in memory, panels, row count). */
export function emitStage(module: ModuleBuilder, staged: StagedPanels): FunctionBuilder {
  const name = `stage.f32.${staged.cols}.${staged.pitch}-${staged.panel}`
  const params = { rows: 'i32', panels: 'i32', count: 'i32' } as const
  return module.shared(name, () =>
    module.function(name, params, (f, p) => {
      const [from, to] = [f.i32(), f.i32()]
      f.repeat(p.count, () => {
        f.set(from, p.rows)
        f.set(to, p.panels)
        forEachPanel(f, staged.cols, (vectors) => {
          for (let v = 0; v < vectors; v++) f.store(to, v128.load(from, v * 16), v * 16)
          f.inc(from, vectors * 16)
          f.inc(to, staged.panel)
        })
        f.inc(p.rows, staged.pitch)
        f.inc(p.panels, STAGED_ROW)
      })
    }),
  )
}
