/**
 * @file From training to a page that anyone can open: a network of 7,000 weights learns to read digits (MNIST), and goes into
 * examples/digits.html together with the code that runs it. `node examples/digits.mjs [OUT.html]` takes a few minutes;
 * docs/results/digits.html is what it wrote.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { input, layers, optimizers, schedules, sequential, setRandomSeed } from 'separable'
import { mnist } from 'separable/data'
import { exportJs, htmlPage } from 'separable/js'

const EPOCHS = 5
const BATCH = 128

const [out = 'digits.html'] = process.argv.slice(2)
setRandomSeed(1)
const { train, test } = await mnist()

const block = (/** @type {number} */ filters) => [
  layers.separableConv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }),
  layers.batchNormalization({ momentum: 0.9 }),
  layers.activation({ activation: 'relu' }),
]
const net = sequential([
  input({ shape: [28, 28, 1] }),
  layers.rescaling({ scale: 1 / 255 }),
  layers.randomTranslation({ heightFactor: 0.15, widthFactor: 0.15, fillMode: 'constant' }),
  layers.randomZoom({ heightFactor: 0.2, fillMode: 'constant' }),
  layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
  ...block(32),
  layers.maxPooling2d(),
  ...block(48),
  layers.maxPooling2d(),
  ...block(64),
  layers.globalAveragePooling2d(),
  layers.dense({ units: 10, activation: 'softmax' }),
])
net.summary()
const learningRate = schedules.cosineDecay({
  initialLearningRate: 0.004,
  decaySteps: EPOCHS * Math.ceil(train.x.shape[0] / BATCH),
})
const optimizer = optimizers.adam({ learningRate })
net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
await net.fit(train.x, train.y, { batchSize: BATCH, epochs: EPOCHS, validationData: [test.x, test.y], seed: 1 })

const module = await exportJs(net)
await net.dispose()
const page = readFileSync(new URL('digits.html', import.meta.url), 'utf8')
writeFileSync(out, htmlPage(module, page))
console.log(out, module.sizes)
