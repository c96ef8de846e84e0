/**
 * @file A model's summary table, to the letter of Keras 3 (its `summary_utils.py`), plus optional columns for what each
 * layer costs. Plain data in, text out; the model builds the data.
 */
import { oneLine, shortened } from '../base/errors.ts'
import { type BoxColumn, drawBox } from './box.ts'
import { fitColumns, leftOutLines } from './fit.ts'
import { MISSING, memorySize, percent, thousands } from './format.ts'

/** One row of the summary. */
export interface SummaryLayer {
  readonly name: string
  readonly className: string
  /** Sizes with `null` for the batch; `null` while the layer does not know its shape (printed `?`). */
  readonly outputShape: readonly (number | null)[] | null
  /** Of its other outputs, where a network has several. */
  readonly otherShapes?: readonly (readonly (number | null)[])[]
  /** Number of weights; `null` while the layer is not built. */
  readonly params: number | null
  /** Where the inputs come from, `name[node][tensor]`; only printed when the model is not a plain sequence. */
  readonly connectedTo?: readonly string[]
  /** Multiply-accumulates for one image. */
  readonly macs?: number
  /** Bytes this layer needs while training. */
  readonly memory?: number
}

/** What a summary prints. */
export interface Summary {
  readonly name: string
  /** A plain chain of layers, whatever API built it. */
  readonly sequential: boolean
  readonly layers: readonly SummaryLayer[]
  readonly totals: SummaryTotals
}

/** Numbers of weights, 4 bytes each; `optimizer` only once its slots exist, `peakMemory` in bytes. */
export interface SummaryTotals {
  readonly trainable: number
  readonly nonTrainable: number
  readonly optimizer?: number
  readonly peakMemory?: number
}

/** Extra columns: `cost` adds multiply-accumulates and their share, `memory` bytes. Default: none, as Keras. */
export interface SummaryOptions {
  readonly cost?: boolean
  readonly memory?: boolean
  /** Characters of a line that the table must fit. Default: any number, Keras's widths. */
  readonly columns?: number
}

interface Column extends BoxColumn {
  readonly cell: (layer: SummaryLayer) => string
}

/** The summary as text, ending in a newline. */
export function renderSummary(summary: Summary, options: SummaryOptions = {}): string {
  const totalMacs = summary.layers.reduce((sum, layer) => sum + (layer.macs ?? 0), 0)
  const columns = [
    ...(summary.sequential ? SEQUENTIAL_COLUMNS : GRAPH_COLUMNS),
    ...(options.cost ? costColumns(totalMacs) : []),
    ...(options.memory ? [MEMORY_COLUMN] : []),
  ]
  const cells = summary.layers.map((layer) => columns.map(({ cell }) => cell(layer)))
  const { columns: available = Number.POSITIVE_INFINITY } = options
  const fitted = fitColumns(
    columns,
    cells,
    available,
    LEAVES.flatMap((title) => positionsOf(columns, title)),
  )
  const rows = cells.map((row) => fitted.kept.map((i) => row[i]))
  const lines = [
    `Model: "${shortened(oneLine(summary.name), LONGEST_NAME)}"`,
    ...drawBox(fitted.columns, rows, { rules: true, breaksWords: !fitted.whole }),
    ...leftOutLines(fitted.leftOut, available),
    ...weightLines(summary.totals),
    ...(options.cost ? costLines(totalMacs, summary.totals) : []),
    ...(options.memory ? [` Peak memory: ${memorySize(summary.totals.peakMemory ?? Number.NaN)}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What may be left out where a line is short, the first one first: names and numbers of parameters stay. */
const LEAVES = ['Connected to', 'Share', 'Output Shape', 'Memory', 'MACs']

function positionsOf(columns: readonly Column[], title: string): number[] {
  return columns.flatMap((column, i) => (column.title === title ? [i] : []))
}

/** Names are from files, and may be of any length. */
const LONGEST_NAME = 100
const nameCell = (layer: SummaryLayer) => `${shortened(oneLine(layer.name), LONGEST_NAME)} (${layer.className})`
const shapeText = (shape: readonly (number | null)[]) => `(${shape.map((size) => size ?? 'None').join(', ')})`
const shapeCell = ({ outputShape, otherShapes = [] }: SummaryLayer) => {
  if (!outputShape) return '?'
  const shapes = [outputShape, ...otherShapes].map(shapeText).join(', ')
  return otherShapes.length > 0 ? `[${shapes}]` : shapes
}
const paramsCell = ({ params }: SummaryLayer) => (params === null ? '0 (unbuilt)' : thousands(params))
const connectionCell = ({ connectedTo }: SummaryLayer) => (connectedTo?.length ? connectedTo.join(', ') : '-')

// The widths are what Keras's relative positions become in a table 88 or 108 characters wide.
const SEQUENTIAL_COLUMNS: readonly Column[] = [
  { title: 'Layer (type)', width: 36, align: 'left', cell: nameCell },
  { title: 'Output Shape', width: 27, align: 'left', cell: shapeCell },
  { title: 'Param #', width: 15, align: 'right', cell: paramsCell },
]

const GRAPH_COLUMNS: readonly Column[] = [
  { title: 'Layer (type)', width: 29, align: 'left', cell: nameCell },
  { title: 'Output Shape', width: 25, align: 'left', cell: shapeCell },
  { title: 'Param #', width: 15, align: 'right', cell: paramsCell },
  { title: 'Connected to', width: 26, align: 'left', cell: connectionCell },
]

const MEMORY_COLUMN: Column = {
  title: 'Memory',
  width: 10,
  align: 'right',
  cell: ({ memory }) => memorySize(memory ?? Number.NaN),
}

function costColumns(totalMacs: number): Column[] {
  const share = ({ macs }: SummaryLayer) => (macs === undefined ? MISSING : percent(macs / Math.max(totalMacs, 1)))
  return [
    { title: 'MACs', width: 14, align: 'right', cell: ({ macs }) => thousands(macs ?? Number.NaN) },
    { title: 'Share', width: 7, align: 'right', cell: share },
  ]
}

/** Keras's total counts the optimizer's slots too, once they exist. */
function weightLines({ trainable, nonTrainable, optimizer }: SummaryTotals): string[] {
  const line = (title: string, count: number) => ` ${title} params: ${thousands(count)} (${memorySize(4 * count)})`
  const lines = [
    line('Total', trainable + nonTrainable + (optimizer ?? 0)),
    line('Trainable', trainable),
    line('Non-trainable', nonTrainable),
  ]
  return optimizer === undefined ? lines : [...lines, line('Optimizer', optimizer)]
}

function costLines(totalMacs: number, { trainable, nonTrainable, optimizer }: SummaryTotals): string[] {
  const model = trainable + nonTrainable
  const macs = ` Total MACs: ${thousands(totalMacs)} per image`
  return optimizer === undefined ? [macs] : [` Params without optimizer: ${thousands(model)}`, macs]
}
