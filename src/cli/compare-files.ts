/** @file The files of a comparison. */
import { compareReport, compareTable, headline, networksOf, notices } from '../report/compare.ts'
import { svgFile } from '../report/drawing.ts'
import { thousands } from '../report/format.ts'
import { historyTable } from '../report/measures.ts'
import { accuracyChart, lossChart } from '../report/network-charts.ts'
import { type CompareResult, modelsOf, toJson } from '../report/result.ts'
import { renderMarkdown } from '../report/table.ts'
import type { OutputFolder } from './files.ts'

/** What `--json` and `history.json` hold. */
export function jsonOf(result: CompareResult): string {
  return `${JSON.stringify(toJson(result), null, 2)}\n`
}

/** Writes everything that people look at. */
export async function saveReport(folder: OutputFolder, result: CompareResult): Promise<void> {
  for (const [name, { summary = '' }] of modelsOf(result)) await folder.write(`summary-${name}.txt`, summary)
  await folder.write('accuracy.svg', svgFile(accuracyChart(networksOf(result))))
  await folder.write('loss.svg', svgFile(lossChart(networksOf(result))))
  await folder.write('results.md', markdownOf(result))
  await folder.write('report.html', compareReport(result))
}

/** The outcome for a README or an issue. */
function markdownOf(result: CompareResult): string {
  const { data, trainImages, testImages, batchSize, seed, threads } = result
  const setting = `${data}: ${thousands(trainImages)} training and ${thousands(testImages)} test images, batch ${batchSize}, seed ${seed}, ${threads} threads.`
  const tables = [compareTable(result), historyTable(networksOf(result))].map(renderMarkdown)
  return [`${setting} ${headline(result)}\n`, ...notices(result).map((notice) => `${notice}\n`), ...tables].join('\n')
}
