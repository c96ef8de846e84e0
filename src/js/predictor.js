/**
 * @file What an exported module computes with. The text of this class goes into the module as it stands here, so it uses
 * nothing from outside itself. Plain JavaScript, because that is what it becomes.
 */

/** @typedef {import('./parts.ts').Info} Info @typedef {import('./parts.ts').Parts} Parts */
/** @typedef {typeof import('../tensor/luma.ts').luma} Luma */
/** @typedef {import('./parts.ts').Values} Values @typedef {import('../backends/wasm/standalone.ts').Slot} Slot */

export class Predictor {
  /** @param {Info} info @param {Parts} parts @param {Luma} luma the brightness of a pixel */
  constructor(info, parts, luma) {
    this.info = info
    this.parts = parts
    this.luma = luma
    this.memory = new WebAssembly.Memory({ initial: parts.pages, maximum: parts.pages })
    this.run = () => {}
  }

  /** @param {string} reason why the kernels were refused, in the words of the browser */
  refusal(reason) {
    return /content.security.policy|unsafe-eval|\bCSP\b/i.test(reason)
      ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
      : 'this browser or Node is too old: the model needs WebAssembly with SIMD'
  }

  /** Puts kernels and weights into place, then computes the test picture. @throws Error when its scores are wrong */
  async start() {
    const { kernels, head, params, weights, prepare } = this.parts
    const imports = { env: { memory: this.memory } }
    const { instance } = await WebAssembly.instantiate(this.decode(kernels), imports).catch((cause) => {
      throw new Error(this.refusal(String(cause)), { cause })
    })
    this.run = /** @type {() => void} */ (instance.exports.run)
    new Uint8Array(this.memory.buffer).set(this.decode(head.bytes), head.address)
    const values = new Float32Array(this.decode(weights).buffer)
    let from = 0
    for (const place of params) {
      const size = place.rows * place.cols
      this.write(place, values.subarray(from, from + size))
      from += size
    }
    this.run()
    new Uint32Array(this.memory.buffer, prepare, 1)[0] = 0
    this.check()
  }

  /** @param {Values | Values[]} given the pixels of one picture, or a list where there are several inputs */
  predict(given) {
    const { inputs } = this.info
    const list = /** @type {Values[]} */ (inputs.length === 1 ? [given] : given)
    if (list?.length !== inputs.length)
      throw new TypeError(
        `predict takes a list of ${inputs.length} inputs: ${inputs.map(({ name }) => name).join(', ')}`,
      )
    inputs.forEach((_, i) => {
      this.write(this.parts.inputs[i], this.numbers(i, list[i]))
    })
    const scores = this.compute()
    return scores.length === 1 ? scores[0] : scores
  }

  compute() {
    this.run()
    return this.parts.outputs.map((place) => this.read(place))
  }

  /**
   * What the model is fed with: an ImageData loses the channels that the model has not, and bytes are divided.
   * @param {number} index of the input @param {Values} given
   */
  numbers(index, given) {
    const { name, shape } = this.info.inputs[index]
    const { divideBy } = this.parts
    const [height, width, channels] = shape
    const { data, height: imageHeight, width: imageWidth, length } = Object(given)
    const fits = data
      ? imageHeight === height && imageWidth === width && [1, 3, 4].includes(channels)
      : length === shape.reduce((a, b) => a * b, 1)
    if (!fits) {
      const received = data ? `an image of ${imageHeight} x ${imageWidth}` : `${length} numbers`
      throw new RangeError(`predict: ${name} is ${shape.join(' x ')}, received: ${received}`)
    }
    const values = data ? this.channels(data, channels) : /** @type {ArrayLike<number>} */ (given)
    const isBytes = values instanceof Uint8Array || values instanceof Uint8ClampedArray
    return isBytes && divideBy !== 1 ? Float32Array.from(values, (value) => value / divideBy) : values
  }

  /**
   * RGBA as RGB, as brightness, or as it is.
   * @param {ArrayLike<number>} rgba @param {number} count 3, 1 or 4
   */
  channels(rgba, count) {
    if (count === 4) return rgba
    const out = new Uint8ClampedArray((rgba.length / 4) * count)
    for (let from = 0, to = 0; from < rgba.length; from += 4, to += count)
      if (count === 1) out[to] = this.luma(rgba[from], rgba[from + 1], rgba[from + 2])
      else for (let k = 0; k < 3; k++) out[to + k] = rgba[from + k]
    return out
  }

  /** Whether the scores of the test picture are what they were when the model was exported. */
  check() {
    const { test } = this.parts
    const found = this.test()
    const tolerance = 1e-5 * Math.max(...test.map(Math.abs))
    const bad = test.findIndex((score, i) => !(Math.abs(found[i] - score) <= tolerance))
    if (bad >= 0)
      throw new Error(
        `${this.info.name}: the self-test failed, this file is damaged: score ${bad} of the test picture must be ${test[bad]}, received: ${found[bad]}`,
      )
  }

  /** Of each output for the test picture: up to 64 scores, spread evenly. */
  test() {
    for (const place of this.parts.inputs) this.write(place, this.testPicture(place.rows * place.cols))
    return this.compute().flatMap((scores) => this.sample(scores))
  }

  /** @param {Float32Array} scores */
  sample(scores) {
    const step = Math.ceil(scores.length / 64)
    return Array.from(scores.filter((_, i) => i % step === 0))
  }

  /** Numbers from 0 to 1 that look random (the generator of Numerical Recipes, "quick and dirty"). @param {number} size */
  testPicture(size) {
    let state = 1
    return Float32Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    })
  }

  /** @param {Slot} place @param {ArrayLike<number>} values */
  write({ address, rows, cols, pitch }, values) {
    const to = new Float32Array(this.memory.buffer, address, rows * pitch)
    for (let row = 0, from = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) to[row * pitch + col] = values[from++]
  }

  /** @param {Slot} place */
  read({ address, rows, cols, pitch }) {
    const from = new Float32Array(this.memory.buffer, address, rows * pitch)
    return Float32Array.from({ length: rows * cols }, (_, i) => from[Math.floor(i / cols) * pitch + (i % cols)])
  }

  /** @param {string} base64 */
  decode(base64) {
    const text = atob(base64)
    const bytes = new Uint8Array(text.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
    return bytes
  }
}
