/**
 * @file The WebAssembly that networks compile to, as hashes, and one plan in full. Whoever changes the compiler without wanting
 * to change its code sees here whether that is so; whoever wants to runs `npx vitest run --project fast src/models -u`, and
 * says in the commit how fast the old and the new code are.
 */

import { createHash } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import type { Addresses } from '../backends/wasm/addresses.ts'
import { emitDriver } from '../backends/wasm/driver.ts'
import { WasmModule } from '../codegen/wasm/module.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import type { Machine } from '../ops/cpu/contract.ts'
import { cpuKernelOf } from '../ops/cpu.ts'
import { makePlan, type Plan, printPlan } from '../passes/cpu/plan.ts'
import { compileArgs } from '../train/compile.ts'
import { predictGraph, trainGraph } from '../train/graphs.ts'
import type { Model } from '../train/model.ts'
import { sequential } from '../train/sequential.ts'
import { zoo } from './index.ts'

beforeEach(() => resetNames())

/** What no image classifier of the zoo has. */
function otherLayers(): Model {
  return sequential([
    input({ shape: [10, 10, 6] }),
    layers.conv2dTranspose({ filters: 9, kernelSize: 3, strides: 2, activation: 'gelu' }),
    layers.layerNormalization(),
    layers.maxPooling2d({ poolSize: 3, strides: 2 }),
    layers.conv2d({ filters: 6, kernelSize: 3, groups: 3, dilationRate: 2, activation: 'hardTanh' }),
    layers.groupNormalization({ groups: 2 }),
    layers.upSampling2d({ interpolation: 'bilinear' }),
    layers.randomRotation({ factor: 0.1, seed: 1 }),
    layers.dropout({ rate: 0.2, seed: 2 }),
    layers.averagePooling2d({ poolSize: 3, padding: 'same' }),
    layers.reshape({ targetShape: [-1, 6] }),
    layers.conv1d({ filters: 7, kernelSize: 3, padding: 'causal' }),
    layers.softmax(),
    layers.globalMaxPooling1d(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
}

const NETWORKS: { readonly [name: string]: () => Model } = {
  conv: zoo.conv,
  separable: zoo.separable,
  resnet8: zoo.resnet8,
  mobilenet: () => zoo.mobilenet({ inputShape: [96, 96, 3], classes: 10 }),
  'mobilenet-v3-small': () => zoo['mobilenet-v3-small']({ inputShape: [64, 64, 3], classes: 10 }),
  lenet5: zoo.lenet5,
  'conv-mixer': zoo['conv-mixer'],
  'other layers': otherLayers,
}

const MACHINES: readonly Machine[] = [
  { isa: 'relaxed', tileRows: 6 },
  { isa: 'simd', tileRows: 4 },
]

function planOf(make: () => Model, purpose: 'train' | 'predict', machine: Machine, batch = 32): Plan {
  const net = make()
  const format = { batch, dtypes: ['u8' as const] }
  const compiled = compileArgs({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
  const { graph } = purpose === 'train' ? trainGraph(net, compiled, format) : predictGraph(net, format)
  return makePlan(graph, batch, { machine, kernelOf: cpuKernelOf })
}

/** Addresses as an engine might give them. */
function someAddresses(): Addresses {
  const known = new Map<unknown, number>()
  const place = (key: unknown, bytes: number) => {
    const address = known.get(key) ?? 4096 + known.size * bytes
    known.set(key, address)
    return address
  }
  return {
    control: 1024,
    plan: 2 ** 28,
    threads: 2 ** 29,
    param: (name) => place(`param ${name}`, 2 ** 16),
    scalar: (value) => place(value, 2 ** 16),
    inputPointer: (name) => place(`input ${name}`, 2 ** 16),
  }
}

function emit(plan: Plan): Uint8Array {
  const module = new WasmModule(plan.machine.isa)
  emitDriver(module, plan, someAddresses(), true)
  return module.toBytes({ shared: true, maxPages: 65536 })
}

it.each(Object.keys(NETWORKS))('%s compiles to the same code as before', async (name) => {
  const lines = MACHINES.flatMap((machine) =>
    (['train', 'predict'] as const).map((purpose) => {
      resetNames()
      const code = emit(planOf(NETWORKS[name], purpose, machine))
      const hash = createHash('sha256').update(code).digest('hex').slice(0, 32)
      return `${machine.isa} ${machine.tileRows}  ${purpose.padEnd(7)}  ${code.length} bytes  ${hash}\n`
    }),
  )
  await expect(lines.join('')).toMatchFileSnapshot(`emitted-code/${name.replaceAll(' ', '-')}.txt`)
})

it('the plan of a training step reads as before', async () => {
  // Keys of variables are numbered by process.
  const text = printPlan(planOf(zoo.separable, 'train', MACHINES[0])).replaceAll(/#\d+/g, '')
  await expect(`${text}\n`).toMatchFileSnapshot('emitted-code/separable-plan.txt')
})
