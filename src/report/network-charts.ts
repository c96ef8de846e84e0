/** @file The pictures of trained networks: learning curves, accuracy over time, cost of each layer, confusion matrices. */
import { barChart } from './bar-chart.ts'
import type { Drawing } from './drawing.ts'
import { confusionHeatMap } from './heat-map.ts'
import { type LineSeries, lineChart } from './line-chart.ts'
import type { CompareHistory, ShownNetwork } from './result.ts'

type Networks = readonly ShownNetwork[]

/** Accuracy in percent by epoch; training solid, validation dashed. */
export function accuracyChart(networks: Networks): Drawing {
  const series = learningCurves(networks, 'acc', 'val_acc', 100)
  return lineChart({ title: 'Accuracy', xLabel: 'epoch', yLabel: 'accuracy (%)', leastXStep: 1, series })
}

/** Loss by epoch; training solid, validation dashed. */
export function lossChart(networks: Networks): Drawing {
  const series = learningCurves(networks, 'loss', 'val_loss', 1)
  return lineChart({ title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy', leastXStep: 1, series })
}

/** Validation accuracy in percent by seconds of training: what the saved arithmetic buys. */
export function accuracyOverTimeChart(networks: Networks): Drawing {
  const series = networks.map(({ title: name, color, epochSeconds, history }): LineSeries => {
    let elapsed = 0
    const ends = epochSeconds.map((seconds) => {
      elapsed += seconds
      return elapsed
    })
    return {
      name,
      color,
      points: history.val_acc.map((accuracy, epoch) => [ends[epoch] ?? Number.NaN, 100 * accuracy]),
    }
  })
  return lineChart({
    title: 'Validation accuracy over time',
    xLabel: 'seconds of training',
    yLabel: 'accuracy (%)',
    series,
  })
}

/** Bars of `what` for every layer that has any; layers at the same place in both networks stand together. */
export function layerChart(networks: Networks, title: string, what: 'params' | 'macs'): Drawing {
  const models = networks.map(({ layers = [], ...network }) => ({
    ...network,
    layers: layers.filter((layer) => layer[what] > 0),
  }))
  const places = Math.max(0, ...models.map(({ layers }) => layers.length))
  const groups = Array.from({ length: places }, (_, place) =>
    models.flatMap(({ color, layers }) => {
      const layer = layers[place]
      return layer ? [{ label: layer.name, color, value: layer[what] }] : []
    }),
  )
  return barChart({ title, legend: models.map(({ title: name, color }) => ({ name, color })), groups })
}

/** A confusion matrix for each network that has one. */
export function confusionCharts(networks: Networks, names?: readonly string[]): Drawing[] {
  return networks.flatMap(({ title, color, confusion: counts }) => {
    if (!counts) return []
    const classNames = names ?? counts.map((_, label) => String(label))
    return [confusionHeatMap({ title: `${title} network`, color, classNames, counts })]
  })
}

function learningCurves(
  networks: Networks,
  training: keyof CompareHistory,
  validation: keyof CompareHistory,
  factor: number,
): LineSeries[] {
  return networks.flatMap(({ title, color, history }) => {
    const points = (values: readonly number[]) => values.map((value, i) => [i + 1, factor * value] as const)
    return [
      { name: `${title}, training`, color, points: points(history[training]) },
      { name: `${title}, validation`, color, dashed: true, points: points(history[validation]) },
    ]
  })
}
