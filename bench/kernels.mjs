/** @file Where a training step goes: what each kernel takes on one thread, and its share of the machine's peak. */
import { barChart } from '../dist/report/bar-chart.js'
import { svgFile } from '../dist/report/drawing.js'
import { MISSING } from '../dist/report/format.js'
import { renderText } from '../dist/report/table.js'
import { networkOf } from './networks.mjs'
import { median } from './report.mjs'

/**
 * @typedef {import('../dist/backends/engine.js').KernelTime} KernelTime
 * @typedef {{ model: string, kernels: KernelTime[] }} Profile `ms` are medians over the rounds
 */

/** Kernels below this share of the step are shown as one. */
const LEAST_SHARE = 0.01
/** Where no kernel has this share, those of a kind are shown together: networks of many small layers. */
const HOT_SHARE = 0.05
const MOST_BARS = 16
const MOST_CHARACTERS = 16

/**
 * The medians of several profiles of the same plan.
 * @param {KernelTime[][]} rounds
 * @returns {KernelTime[]}
 */
export function medianProfile(rounds) {
  const [first = []] = rounds
  return first.map((kernel, i) => {
    const ms = median(rounds.map((round) => /** @type {KernelTime} */ (round[i]).ms))
    return { ...kernel, ms, gflops: (kernel.gflops * kernel.ms) / ms }
  })
}

/** @param {readonly { ms: number }[]} kernels */
function total(kernels) {
  return kernels.reduce((sum, { ms }) => sum + ms, 0)
}

/**
 * @typedef {{ layer: string, ops: string, label: string, ms: number, gflops: number }} Row a kernel, or all of a kind
 */

/** The slowest first; those that hardly count are left out. @param {KernelTime[]} kernels @returns {Row[]} */
function worthShowing(kernels) {
  const all = total(kernels)
  const isHot = kernels.some(({ ms }) => ms >= HOT_SHARE * all)
  const rows = isHot ? kernels.map(rowOf) : ofAKind(kernels)
  return rows.filter(({ ms }) => ms >= LEAST_SHARE * all).toSorted((a, b) => b.ms - a.ms)
}

/** @param {KernelTime} kernel @returns {Row} */
function rowOf(kernel) {
  const { layer, ms, gflops } = kernel
  return { layer, ops: opsOf(kernel), label: `${layer} ${partOf(kernel)}`, ms, gflops }
}

/** As much as fits beside a bar. @param {string} ops */
function shortened(ops) {
  return ops.length > MOST_CHARACTERS ? `${ops.slice(0, MOST_CHARACTERS - 1)}…` : ops
}

/** The kernels of each kind as one. @param {KernelTime[]} kernels @returns {Row[]} */
function ofAKind(kernels) {
  return [...new Set(kernels.map(opsOf))].map((ops) => {
    const some = kernels.filter((kernel) => opsOf(kernel) === ops)
    const [first] = some
    const ms = total(some)
    const gflops = some.reduce((sum, kernel) => sum + kernel.gflops * kernel.ms, 0) / ms
    return {
      layer: some.length === 1 ? (first?.layer ?? '') : `${some.length} kernels`,
      ops,
      label: `${shortened(ops)} (${some.length})`,
      ms,
      gflops,
    }
  })
}

/** `matmul+add+relu` of `matmul+add+relu.f32.nhwc...`. @param {KernelTime} kernel */
function opsOf({ kernel }) {
  return /** @type {string} */ (kernel.split('.')[0])
}

/**
 * What of its layer a kernel computes: `y`, or the gradient `dx` or `dw`; the name of the op where it is none of these.
 * @param {KernelTime} kernel
 */
function partOf(kernel) {
  const ops = opsOf(kernel)
  if (/GradX/.test(ops)) return 'dx'
  if (/GradW/.test(ops)) return 'dw'
  return /^(conv2d|dwconv2d|matmul)/.test(ops) ? 'y' : /** @type {string} */ (ops.split('+')[0])
}

/**
 * @param {Profile} profile
 * @param {number} peak GFLOP/s of one thread
 */
export function formatKernels({ model, kernels }, peak) {
  const all = total(kernels)
  const shown = worthShowing(kernels)
  const { batch } = networkOf(model)
  const share = (/** @type {number} */ value) => `${Math.round(100 * value)} %`
  const rows = shown.map((kernel) => {
    const works = !Number.isNaN(kernel.gflops)
    return [
      kernel.layer,
      kernel.ops,
      kernel.ms.toFixed(2),
      share(kernel.ms / all),
      works ? kernel.gflops.toFixed(1) : MISSING,
      works ? share(kernel.gflops / peak) : MISSING,
    ]
  })
  const rest = all - total(shown)
  const columns = ['layer', 'kernel', 'ms', 'of the step', 'GFLOP/s', 'of peak']
  const others = ['the others', '', rest.toFixed(2), share(rest / all), MISSING, MISSING]
  const table = renderText({ caption: '', columns, rows: [...rows, others] })
  return `${model}: a training step of ${batch} takes ${all.toFixed(1)} ms on one thread, kernel by kernel\n${table}`
}

/** The same as bars, an SVG file. @param {Profile[]} profiles */
export function plotKernels(profiles) {
  const groups = profiles.map(({ kernels }, color) =>
    worthShowing(kernels)
      .slice(0, MOST_BARS)
      .map((kernel) => ({ label: kernel.label, color, value: (100 * kernel.ms) / total(kernels) })),
  )
  const legend = profiles.map(({ model: name }, color) => ({ name, color }))
  return svgFile(barChart({ title: 'Where a training step goes (% of its time on one thread)', legend, groups }))
}
