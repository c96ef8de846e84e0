/** @file A network that goes to files and comes from them. */
import { getPlatform } from '../base/platform.ts'
import { inTurns, STEP_BYTES, type Steps } from '../base/steps.ts'
import type { JsonObject } from '../formats/json.ts'
import { Network } from '../nn/network.ts'
import type { Training } from '../saving/compile-config.ts'
import { checkFormat, type FileSource, formatOfPath, MODEL_FORMATS, openFile, WEIGHT_FORMATS } from '../saving/open.ts'
import { restoreOptimizer } from '../saving/optimizer-state.ts'
import { readWeightFile } from '../saving/read.ts'
import { networkToKeras } from '../saving/to-config.ts'
import { assign } from '../saving/weights.ts'
import { type FileFormat, WRITERS } from '../saving/write.ts'

/** The half of a model that files are about. */
export abstract class StoredNetwork extends Network {
  /** What the outputs of a classifier mean, in their order; files of every kind but `.npz` keep it. Default: not known. */
  classNames: readonly string[] | undefined
  /** How it was compiled, with its optimizer as it is now; undefined when it was not. */
  protected abstract get compiledWith(): Training | undefined

  /**
   * Writes the model to a file: its layers, weights, how it was compiled and where its optimizer is. The ending decides:
   * `.keras` as Keras 3 writes it, `.h5` or `.hdf5` as Keras 2 and 3 read it. The file appears complete or not at all.
   * @throws SeparableError `argument` for another ending, `io` when it cannot be written, `unsupported` in a browser
   */
  async save(path: string): Promise<void> {
    const format = formatOfPath('save', path, MODEL_FORMATS)
    await getPlatform().writeFileAtomic(path, await this.#bytes(format))
  }

  /**
   * Writes the weights alone: `.weights.h5` as Keras 3 does (with the optimizer's values), `.safetensors` or `.npz` by the
   * names of the weights. The file appears complete or not at all.
   * @throws SeparableError as `save`
   */
  async saveWeights(path: string): Promise<void> {
    const format = formatOfPath('saveWeights', path, WEIGHT_FORMATS)
    await getPlatform().writeFileAtomic(path, await this.#bytes(format))
  }

  /**
   * What `save` and `saveWeights` would write, for downloads and for keeping in a browser. Default: "keras".
   * @throws SeparableError (`argument`) when the format is unknown
   */
  async toBlob(format: FileFormat = 'keras'): Promise<Blob> {
    const bytes = await this.#bytes(checkFormat('toBlob', format))
    return inTurns(blobSteps(bytes))
  }

  /**
   * Takes the weights from a file of weights or of a whole model: any that `saveWeights` and `save` write, and those of
   * Keras 2 and 3. The layers must be the same, their names need not. Nothing is changed when something does not fit. The
   * optimizer of a compiled model goes on from the file's, where that holds values that fit it. Names of the classes are taken
   * from the file when the model has none.
   * @param source a path (in Node), or the file itself
   * @throws SeparableError `io` when it cannot be read, `data` when it is damaged or does not fit
   */
  async loadWeights(source: FileSource): Promise<void> {
    const { bytes, what } = await openFile(source)
    const file = await inTurns(readWeightFile(bytes, what))
    assign(await inTurns(file.weightsOf(this)))
    this.classNames ??= file.classNames
    const [state, optimizer] = [file.optimizerState(), this.compiledWith?.optimizer]
    if (optimizer && state.length > 0) restoreOptimizer(optimizer, this.trainableWeights, state)
  }

  /** The layers as Keras 3 describes them, without weights; `modelFromJSON` and Keras's `model_from_json` read it. */
  toJSON(): JsonObject {
    return networkToKeras(this)
  }

  /** The values are those of now, whatever changes them before the last byte is written. */
  #bytes(format: FileFormat): Promise<Uint8Array<ArrayBuffer>> {
    return inTurns(WRITERS[format]({ network: this, training: this.compiledWith, classNames: this.classNames }))
  }
}

/** A Blob copies what it is given; one made of others does not. */
function* blobSteps(bytes: Uint8Array<ArrayBuffer>): Steps<Blob> {
  const parts: Blob[] = []
  for (let from = 0; from < bytes.length; from += STEP_BYTES) {
    parts.push(new Blob([bytes.subarray(from, from + STEP_BYTES)]))
    yield
  }
  return new Blob(parts)
}
