/** @file `separable inspect`: what is in a file of a model or of arrays, without building or running anything. */
import { Command } from 'commander'
import { memorySize, thousands } from '../report/format.ts'
import { renderText } from '../report/table.ts'
import { type Inspection, inspectFile } from '../saving/inspect.ts'
import { openFile } from '../saving/open.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { checkOutput, writeJson } from './files.ts'
import { isOnnx, modelPath, readOnnxFile } from './model-file.ts'
import { common } from './options.ts'
import type { Terminal } from './terminal.ts'

interface InspectOptions {
  readonly json?: string
}

const EXAMPLES = `
Examples:
  $ separable inspect net.keras
  $ separable inspect weights.safetensors --json inside.json`

export function inspectCommand(terminal: Terminal): Command {
  return new Command('inspect')
    .description('Lists what a .keras, .h5, .onnx, .safetensors, .npz or .npy file holds. Nothing in the file is run.')
    .argument('<file>', 'the file')
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: InspectOptions) => inspect(file, options, terminal))
}

async function inspect(path: string, { json }: InspectOptions, terminal: Terminal): Promise<void> {
  await checkOutput(json, path)
  const { bytes, inspection } = isOnnx(path) ? await insideOnnx(path) : await insideFile(path)
  terminal.print(`${terminal.colors.bold(path)}: ${inspection.kind}, ${memorySize(bytes.length)}`)
  for (const fact of inspection.facts) terminal.print(terminal.wrap(fact, 2))
  terminal.write(renderText(tableOf(inspection), terminal.tableColumns))
  const elements = inspection.arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  terminal.print(`${thousands(inspection.arrays.length)} arrays, ${thousands(elements)} elements`)
  await writeJson(json, `${JSON.stringify({ file: path, bytes: bytes.length, ...inspection }, null, 2)}\n`, terminal)
}

async function insideFile(path: string) {
  const { bytes, what } = await openFile(modelPath(path))
  return { bytes, inspection: inspectFile(bytes, what) }
}

async function insideOnnx(path: string) {
  const { inspectOnnx } = await import('../onnx/index.ts')
  const { bytes, external } = await readOnnxFile(path)
  return { bytes, inspection: inspectOnnx(bytes, path, external) }
}

function tableOf({ arrays }: Inspection) {
  return {
    caption: 'Arrays',
    columns: ['Array', 'Shape', 'Type'],
    rows: arrays.map(({ name, shape, type }) => [name, `(${shape.join(', ')})`, type]),
  }
}
