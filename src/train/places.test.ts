/** @file Where the weights of a network lie in the files of Keras 2.12 to 2.15, and of these on Windows. */
import { expect, it } from 'vitest'
import { H5Dataset, type H5Group, readHdf5 } from '../formats/hdf5/read.ts'
import { type GroupContent, writeHdf5 } from '../formats/hdf5/write.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { sequential } from './sequential.ts'

const conv = () => layers.conv2d({ filters: 2, kernelSize: 1, biasInitializer: 'randomUniform' })

/** Two convolutions, a stack without weights, another with two more, and a dense layer. */
function network() {
  return sequential([
    input({ shape: [4, 4, 2] }),
    conv(),
    conv(),
    sequential([layers.reLU()]),
    sequential([conv(), layers.reLU(), conv()]),
    layers.flatten(),
    layers.dense({ units: 3 }),
  ])
}

/** From the places of Keras 3 to those of another version. */
const KERAS_2_13 = new Map([
  ['layers/conv2d', '_layer_checkpoint_dependencies/conv2d'],
  ['layers/conv2d_1', '_layer_checkpoint_dependencies/conv2d_2'],
  [
    'layers/sequential_1/layers/conv2d',
    '_layer_checkpoint_dependencies/sequential_1/_layer_checkpoint_dependencies/conv2d',
  ],
  [
    'layers/sequential_1/layers/conv2d_1',
    '_layer_checkpoint_dependencies/sequential_1/_layer_checkpoint_dependencies/conv2d_2',
  ],
  ['layers/dense', '_layer_checkpoint_dependencies/dense'],
])
const inKeras213 = (path: string) => KERAS_2_13.get(path) ?? path
const inKeras214 = (path: string) => path.replaceAll('layers', '_layer_checkpoint_dependencies')
const onWindows = (path: string) => path.replaceAll('/', '\\')

/** The arrays of a file by the groups around their `vars`. */
function groupsIn(group: H5Group): Map<string, H5Group> {
  const below = [...group.children.values()].filter((child): child is H5Group => !(child instanceof H5Dataset))
  const own = below.filter((child) => child.path.endsWith('/vars') && child.children.size > 0)
  return new Map([
    ...own.map((vars) => [vars.path.slice(0, -'/vars'.length), vars] as const),
    ...below.flatMap((child) => [...groupsIn(child)]),
  ])
}

/** The same arrays under other paths, and what Keras 2 keeps of metrics beside them. */
function moved(file: Uint8Array, rename: (path: string) => string): Uint8Array {
  const folder = () => ({ attributes: new Map<string, string>(), children: new Map<string, GroupContent | NdArray>() })
  const root = folder()
  const at = (path: string) =>
    path.split('/').reduce((parent, name) => {
      const child = (parent.children.get(name) as ReturnType<typeof folder> | undefined) ?? folder()
      parent.children.set(name, child)
      return child
    }, root)
  for (const [path, vars] of groupsIn(readHdf5(file)))
    for (const [name, array] of vars.children)
      at(`${rename(path)}/vars`).children.set(name, (array as H5Dataset).read())
  const [some] = [...groupsIn(readHdf5(file)).values()]
  at(`${rename('metrics/mean')}/vars`).children.set('0', (some.children.get('1') as H5Dataset).read())
  return writeHdf5(root)
}

it.each<[string, (path: string) => string]>([
  ['2.15 on Windows', onWindows],
  ['2.14', inKeras214],
  ['2.14 on Windows', (path) => onWindows(inKeras214(path))],
  ['2.13, which counts layers with weights twice', inKeras213],
  ['2.13 on Windows', (path) => onWindows(inKeras213(path))],
])('weights are found in the files of Keras %s', async (_, rename) => {
  const [net, other] = [network(), network()]
  const file = new Uint8Array(await (await net.toBlob('weights.h5')).arrayBuffer())
  await other.loadWeights(moved(file, rename))
  expect(other.getWeights()).toEqual(net.getWeights())
})

it('the optimizer of a training with mixed precision lies within the one that scales the loss', async () => {
  const [net, other] = [network(), network()]
  for (const each of [net, other]) each.compile({ optimizer: 'adam', loss: 'mse' })
  net.optimizer.build(net.trainableWeights)
  net.optimizer.iterations = 5
  const file = new Uint8Array(await (await net.toBlob('weights.h5')).arrayBuffer())
  const inside = moved(file, (path) => (path === 'optimizer' ? 'optimizer/inner_optimizer' : path))
  await other.loadWeights(inside)
  expect(other.optimizer.iterations).toBe(5)
})
