/**
 * @file Trains both of the tutorial's networks for an epoch on drawn pictures and hashes all bits of their weights. The
 * same module runs in Node and in a page; `library` is where the built library lies.
 */

/** @param {string} library @param {{ threads: number | null, images?: number }} options */
export async function trainAndHash(library, { threads, images = 160 }) {
  const { configure, resetNames, setRandomSeed } = await import(`${library}/index.js`)
  const { vggBlocks } = await import(`${library}/models/index.js`)
  const { shapes } = await import(`${library}/data/index.js`)
  configure({ threads })
  const { train } = await shapes({ trainImages: images, testImages: 1, seed: 5 })
  /** @type {Record<string, string>} */
  const hashes = {}
  for (const convolution of /** @type {const} */ (['conv', 'separable'])) {
    resetNames()
    setRandomSeed(11)
    const net = vggBlocks({ convolution })
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
    await net.fit(train.x, train.y, { batchSize: 128, epochs: 1, seed: 11, verbose: 0 })
    await net.dispose()
    hashes[convolution] = await hashOf(net.getWeights())
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
