/** @file Options whose names are almost right: every function that takes some names the one that was meant. */
import { describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import { input, layers, loadModel, modelFromJSON, sequential } from '../index.ts'
import * as js from '../js/index.ts'
import * as onnx from '../onnx/index.ts'
import { configure } from '../train/environment.ts'
import * as models from './index.ts'

const { zoo, ...networks } = models
const net = () => sequential([input({ shape: [4] }), layers.dense({ units: 2 })])

type Call = (options: never) => unknown

const WITH_OPTIONS: readonly [name: string, call: Call, misspelt: string, meant: string][] = [
  ['cifar10', data.cifar10, 'dataDirr', 'dataDir'],
  ['mnist', data.mnist, 'limt', 'limit'],
  ['fashionMnist', data.fashionMnist, 'data_dir', 'dataDir'],
  ['shapes', data.shapes, 'trainImage', 'trainImages'],
  ['loadDataset', (options) => data.loadDataset('shapes', options), 'Seed', 'seed'],
  ['datasetInfo', (options) => data.datasetInfo('mnist', options), 'datadir', 'dataDir'],
  ['datasetPath', (options) => data.datasetPath('mnist', options), 'datadir', 'dataDir'],
  ['downloadDataset', (options) => data.downloadDataset('mnist', options), 'onprogress', 'onProgress'],
  ['dataRoot', data.dataRoot, 'dataDirs', 'dataDir'],
  ['imageFolder', (options) => data.imageFolder('pictures', options), 'validation_split', 'validationSplit'],
  ['loadImage', (options) => data.loadImage('cat.jpg', options), 'imagesize', 'imageSize'],
  ['loadModel', (options) => loadModel(new Uint8Array(), options), 'input_shape', 'inputShape'],
  ['modelFromJSON', (options) => modelFromJSON({}, options), 'Compile', 'compile'],
  ['exportOnnx', (options) => onnx.exportOnnx(net(), options), 'foldBatchnorm', 'foldBatchNorm'],
  ['importOnnx', (options) => onnx.importOnnx(new Uint8Array(), options), 'externaldata', 'externalData'],
  ['exportJs', (options) => js.exportJs(net(), options), 'class', 'classes'],
  ['configure', configure, 'thread', 'threads'],
  ...Object.entries(networks).map(([name, make]): [string, Call, string, string] => [
    name,
    make,
    'input_shape',
    'inputShape',
  ]),
  ...Object.entries(zoo).map(([name, make]): [string, Call, string, string] => [name, make, 'clases', 'classes']),
]

describe('an option with a name that is almost right', () => {
  it.each(WITH_OPTIONS)('is refused by %s', async (_name, call, misspelt, meant) => {
    const refused = expect(async () => call({ [misspelt]: undefined } as never)).rejects
    await refused.toThrow(
      expect.objectContaining({
        name: 'SeparableError',
        message: expect.stringContaining(`unknown argument, did you mean "${meant}"?`),
      }),
    )
  })

  it('is refused where it is no list of options at all', async () => {
    for (const options of [null, 7, 'limit', [], () => 0])
      await expect(data.shapes(options as never)).rejects.toThrow(/^shapes: arguments go into one object, received: /)
  })
})
