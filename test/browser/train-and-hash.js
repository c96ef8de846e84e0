/**
 * @file Trains both of the tutorial's networks, and a small one with augmentation, for an epoch on drawn pictures and hashes
 * all bits of their weights. The same module runs in Node and in a page; `library` is where the built library lies.
 */

/** @param {string} library @param {{ threads: number | null, images?: number }} options */
export async function trainAndHash(library, { threads, images = 160 }) {
  const { configure, input, layers, resetNames, sequential, setRandomSeed } = await import(`${library}/index.js`)
  const { vggBlocks } = await import(`${library}/models/index.js`)
  const { shapes } = await import(`${library}/data/index.js`)
  configure({ threads })
  const { train } = await shapes({ trainImages: images, testImages: 1, seed: 5 })
  const augmented = () =>
    sequential([
      input({ shape: [32, 32, 3] }),
      layers.randomFlip(),
      layers.randomCrop({ height: 32, width: 32, zeroPadding: 4 }),
      layers.randomBrightness({ factor: 0.2 }),
      layers.randomContrast({ factor: 0.2 }),
      layers.randomErasing(),
      layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
      layers.randomRotation({ factor: 0.05 }),
      layers.randomZoom({ heightFactor: 0.2 }),
      layers.mixUp(),
      layers.cutMix(),
      layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ])
  const networks = {
    conv: () => vggBlocks({ convolution: 'conv' }),
    separable: () => vggBlocks({ convolution: 'separable' }),
    augmented,
  }
  /** @type {Record<string, string>} */
  const hashes = {}
  for (const [name, make] of Object.entries(networks)) {
    resetNames()
    setRandomSeed(11)
    const net = make()
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
    await net.fit(train.x, train.y, { batchSize: 128, epochs: 1, seed: 11, verbose: 0 })
    await net.dispose()
    hashes[name] = await hashOf(net.getWeights())
  }
  return hashes
}

/** @param {{ data: Float32Array }[]} weights */
async function hashOf(weights) {
  const bytes = new Uint8Array(weights.reduce((sum, { data }) => sum + data.byteLength, 0))
  let at = 0
  for (const { data } of weights) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
