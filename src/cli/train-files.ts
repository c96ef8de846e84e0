/** @file The files of a training, besides the model and the CSV file that are written while it runs. */
import { svgFile } from '../report/drawing.ts'
import { thousands } from '../report/format.ts'
import { historyTable } from '../report/measures.ts'
import { accuracyChart, lossChart } from '../report/network-charts.ts'
import { type TrainResult, trainJson } from '../report/result.ts'
import { renderMarkdown } from '../report/table.ts'
import {
  trainedNetworks,
  trainHeadline,
  trainNotices,
  trainReport,
  trainTable,
  unevenClasses,
} from '../report/train.ts'
import type { OutputFolder } from './files.ts'

/** What `--json` and `history.json` hold. */
export function trainJsonText(result: TrainResult): string {
  return `${JSON.stringify(trainJson(result), null, 2)}\n`
}

/** Writes everything that people and programs look at. */
export async function saveTrainReport(folder: OutputFolder, result: TrainResult): Promise<void> {
  const networks = trainedNetworks(result)
  await folder.write('history.json', trainJsonText(result))
  await folder.write('summary.txt', result.model.summary ?? '')
  await folder.write('accuracy.svg', svgFile(accuracyChart(networks)))
  await folder.write('loss.svg', svgFile(lossChart(networks)))
  await folder.write('results.md', markdownOf(result))
  await folder.write('report.html', trainReport(result))
}

/** The outcome for a README or an issue. */
function markdownOf(result: TrainResult): string {
  const { data, trainImages, testImages, batchSize, seed, threads } = result
  const setting = `${data}: ${thousands(trainImages)} training and ${thousands(testImages)} test images, batch ${batchSize}, seed ${seed}, ${threads} threads.`
  const tables = [trainTable(result), historyTable(trainedNetworks(result))].map(renderMarkdown)
  return [
    `${setting} ${trainHeadline(result)}\n`,
    ...[...trainNotices(result), ...unevenClasses(result)].map((notice) => `${notice}\n`),
    ...tables,
  ].join('\n')
}
