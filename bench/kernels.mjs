/** @file Where a training step goes: what each kernel takes on one thread, and its share of the machine's peak. */
import { barChart } from '../dist/report/bar-chart.js'
import { svgFile } from '../dist/report/drawing.js'
import { MISSING } from '../dist/report/format.js'
import { renderText } from '../dist/report/table.js'
import { median } from './report.mjs'

/**
 * @typedef {import('../dist/backends/engine.js').KernelTime} KernelTime
 * @typedef {{ model: string, kernels: KernelTime[] }} Profile `ms` are medians over the rounds
 */

/** Kernels below this share of the step are shown as one. */
const LEAST_SHARE = 0.01
const MOST_BARS = 16

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

/** @param {KernelTime[]} kernels */
function total(kernels) {
  return kernels.reduce((sum, { ms }) => sum + ms, 0)
}

/** The slowest first; those that hardly count are left out. @param {KernelTime[]} kernels */
function worthShowing(kernels) {
  return kernels.filter(({ ms }) => ms >= LEAST_SHARE * total(kernels)).toSorted((a, b) => b.ms - a.ms)
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
  const share = (/** @type {number} */ value) => `${Math.round(100 * value)} %`
  const rows = shown.map((kernel) => {
    const works = !Number.isNaN(kernel.gflops)
    return [
      kernel.layer,
      opsOf(kernel),
      kernel.ms.toFixed(2),
      share(kernel.ms / all),
      works ? kernel.gflops.toFixed(1) : MISSING,
      works ? share(kernel.gflops / peak) : MISSING,
    ]
  })
  const rest = all - total(shown)
  const columns = ['layer', 'kernel', 'ms', 'of the step', 'GFLOP/s', 'of peak']
  const others = [`${kernels.length - shown.length} more`, '', rest.toFixed(2), share(rest / all), MISSING, MISSING]
  const table = renderText({ caption: '', columns, rows: [...rows, others] })
  return `${model}: a training step of 128 takes ${all.toFixed(1)} ms on one thread, kernel by kernel\n${table}`
}

/** The same as bars, an SVG file. @param {Profile[]} profiles */
export function plotKernels(profiles) {
  const groups = profiles.map(({ kernels }, color) =>
    worthShowing(kernels)
      .slice(0, MOST_BARS)
      .map((kernel) => ({ label: `${kernel.layer} ${partOf(kernel)}`, color, value: kernel.ms })),
  )
  const legend = profiles.map(({ model: name }, color) => ({ name, color }))
  return svgFile(barChart({ title: 'Where a training step goes (ms on one thread, batch 128)', legend, groups }))
}
