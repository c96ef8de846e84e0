/** @file Tests of callbacks that write files. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setPlatform } from '../../base/platform.ts'
import { callbacks } from './index.ts'
import { filesInMemory, runEpochs } from './testing.ts'

let printed: string[] = []
let { files, platform } = filesInMemory()

beforeEach(() => {
  printed = []
  ;({ files, platform } = filesInMemory())
  setPlatform(platform)
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(line))
})

afterEach(() => {
  setPlatform(undefined)
  vi.restoreAllMocks()
})

const text = (path: string) => new TextDecoder().decode(files.get(path))
const losses = (...values: number[]) => values.map((loss) => ({ loss, acc: 1 - loss }))

describe('modelCheckpoint', () => {
  it('saves after every epoch, under the names of the template', async () => {
    const callback = callbacks.modelCheckpoint({ filepath: 'out/{epoch:02d}-{loss:.2f}-{acc:.1e}-{acc}.keras' })
    const { model } = await runEpochs(callback, losses(0.5, 0.25))
    expect(model.done).toEqual(['save out/01-0.50-5.0e-01-0.5.keras', 'save out/02-0.25-7.5e-01-0.75.keras'])
  })

  it('saves only what is better, by the direction of the metric', async () => {
    const args = { filepath: 'best.weights.h5', monitor: 'acc', saveBestOnly: true, saveWeightsOnly: true, verbose: 1 }
    const { model } = await runEpochs(callbacks.modelCheckpoint(args), losses(0.5, 0.75, 0.25))
    expect(model.done).toEqual(['saveWeights best.weights.h5', 'saveWeights best.weights.h5'])
    expect(printed).toEqual([
      'Epoch 1: acc improved from nothing to 0.50000, saving model to best.weights.h5',
      'Epoch 2: acc did not improve from 0.50000',
      'Epoch 3: acc improved from 0.50000 to 0.75000, saving model to best.weights.h5',
    ])
    const high = await runEpochs(callbacks.modelCheckpoint({ ...args, initialValueThreshold: 0.7 }), losses(0.5, 0.25))
    expect(high.model.done).toHaveLength(1)
  })

  it('counts batches across epochs', async () => {
    const callback = callbacks.modelCheckpoint({ filepath: '{epoch}-{batch}.keras', saveFreq: 2 })
    const { model } = await runEpochs(callback, losses(1, 1))
    expect(model.done).toEqual(['save 1-2.keras', 'save 2-1.keras', 'save 2-3.keras'])
  })

  it('hands the model to a saver', async () => {
    const saved: string[] = []
    const saver = async (path: string, { weight }: { weight?: number }) => void saved.push(`${path} ${weight}`)
    await runEpochs(callbacks.modelCheckpoint({ filepath: 'slot {epoch}', saver: saver as never }), losses(1))
    expect(saved).toEqual(['slot 1 0'])
  })

  it.each([
    [{ filepath: 'model' }, 'filepath must end in .keras or .h5 when saveWeightsOnly is false, received: "model"'],
    [{ filepath: 'a.keras', saveWeightsOnly: true }, 'must end in .weights.h5 or .safetensors or .npz'],
    [{ filepath: 'a.keras', saveFreq: 0 }, 'saveFreq must be "epoch" or an integer >= 1, received: 0'],
  ])('refuses %j', (args, message) => {
    expect(() => callbacks.modelCheckpoint(args)).toThrow(message)
  })

  it('names what a template asks for in vain', async () => {
    const run = (filepath: string) => runEpochs(callbacks.modelCheckpoint({ filepath }), losses(1))
    await expect(run('{val_loss}.keras')).rejects.toThrow('(logged: loss, acc, epoch, batch), received: "val_loss"')
    await expect(run('{loss:x}.keras')).rejects.toThrow('filepath has an unknown format, received: "x"')
  })
})

describe('csvLogger', () => {
  it('writes a header and a row for each epoch', async () => {
    files.set('log.csv', new TextEncoder().encode('old'))
    await runEpochs(callbacks.csvLogger({ filename: 'log.csv' }), [{ loss: 0.5, acc: 0.25 }, { loss: 0.125 }])
    expect(text('log.csv')).toBe('epoch,acc,loss\r\n0,0.25,0.5\r\n1,NA,0.125\r\n')
  })

  it('appends without a second header, with another separator', async () => {
    const args = { filename: 'log.csv', append: true, separator: ';' }
    await runEpochs(callbacks.csvLogger(args), [{ 'a;b': 1 }])
    await runEpochs(callbacks.csvLogger(args), [{ 'a;b': 2 }])
    expect(text('log.csv')).toBe('epoch;"a;b"\r\n0;1\r\n0;2\r\n')
  })
})

describe('tensorBoard', () => {
  const events = () => [...files.keys()].map((path) => path.replace(/tfevents.*/, ''))

  it('writes what belongs to training and to validation apart', async () => {
    await runEpochs(callbacks.tensorBoard({ logDir: 'logs' }), [{ loss: 1, val_loss: 2 }])
    expect(events()).toEqual(['logs/train/events.out.', 'logs/validation/events.out.'])
    const [train, validation] = [...files.keys()].map(text)
    expect(train).toContain('epoch_loss')
    expect(train).toContain('epoch_learning_rate')
    expect(validation).toContain('epoch_loss')
    expect(validation).not.toContain('val_')
  })

  it('writes batches and histograms when asked to', async () => {
    await runEpochs(callbacks.tensorBoard({ updateFreq: 2, histogramFreq: 1 }), losses(1, 2))
    const [path] = [...files.keys()]
    expect(text(path).match(/batch_loss/g)).toHaveLength(3)
    expect(text(path).match(/dense\/kernel\/histogram/g)).toHaveLength(2)
  })
})
