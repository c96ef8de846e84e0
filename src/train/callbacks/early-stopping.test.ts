/** @file Tests of early stopping against Keras's rules, on made-up logs. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { callbacks, notify } from './index.ts'
import { FakeModel } from './testing.ts'

/** Feeds the values of one monitor, epoch by epoch, and returns where it ended: the last epoch, or null. */
async function run(args: Parameters<typeof callbacks.earlyStopping>[0], values: readonly number[]) {
  const model = new FakeModel()
  const callback = callbacks.earlyStopping(args)
  await notify(callback, { type: 'trainBegin', epochs: values.length, steps: 1 }, model)
  let last = null
  for (const [epoch, value] of values.entries()) {
    model.weight = epoch // what training makes of it
    await notify(callback, { type: 'epochEnd', epoch, logs: { [args?.monitor ?? 'val_loss']: value } }, model)
    last = epoch
    if (model.stopTraining) break
  }
  await notify(callback, { type: 'trainEnd', reason: 'done', logs: {} }, model)
  return { last, stopped: model.stopTraining, weight: model.weight }
}

let printed: string[] = []

beforeEach(() => {
  printed = []
  for (const way of ['log', 'warn'] as const)
    vi.spyOn(console, way).mockImplementation((line) => void printed.push(line))
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('earlyStopping', () => {
  it('stops at the first epoch that is not better, but never at the very first', async () => {
    expect(await run({}, [3, 2, 2.5, 1])).toMatchObject({ last: 2, stopped: true })
    expect(await run({}, [Number.NaN, Number.NaN, 1])).toMatchObject({ last: 1, stopped: true })
    expect(await run({}, [3, 2, 1])).toMatchObject({ last: 2, stopped: false })
  })

  it('bears `patience` epochs, counted anew after each better one', async () => {
    expect(await run({ patience: 2 }, [3, 4, 2, 3, 3, 1])).toMatchObject({ last: 4, stopped: true })
    expect(await run({ patience: 3 }, [3, 4, 2, 3, 3, 1])).toMatchObject({ last: 5, stopped: false })
  })

  it('knows that accuracy should rise and loss fall', async () => {
    expect(await run({ monitor: 'val_acc' }, [0.1, 0.2, 0.3, 0.25])).toMatchObject({ last: 3 })
    expect(await run({ monitor: 'loss' }, [0.1, 0.2])).toMatchObject({ last: 1, stopped: true })
    expect(await run({ monitor: 'loss', mode: 'max' }, [0.1, 0.2])).toMatchObject({ stopped: false })
    await expect(run({ monitor: 'val_speed' }, [1, 2])).rejects.toThrow(
      'earlyStopping: set mode to "min" or "max" for this monitor, received: "val_speed"',
    )
  })

  it('counts changes greater than minDelta only', async () => {
    expect(await run({ minDelta: 0.5 }, [3, 2.6, 1])).toMatchObject({ last: 1, stopped: true })
    expect(await run({ minDelta: 0.5, monitor: 'acc' }, [1, 1.6, 2])).toMatchObject({ last: 2, stopped: true })
  })

  it('restores the best weights if asked, also when it did not stop', async () => {
    expect(await run({ restoreBestWeights: true }, [3, 1, 2])).toMatchObject({ last: 2, weight: 1 })
    expect(await run({ restoreBestWeights: true, patience: 5 }, [3, 1, 2])).toMatchObject({ stopped: false, weight: 1 })
    expect(await run({}, [3, 1, 2])).toMatchObject({ weight: 2 })
  })

  it('wants a baseline to be beaten before an epoch resets its patience', async () => {
    expect(await run({ baseline: 1, patience: 2 }, [4, 3, 2, 2.5])).toMatchObject({ last: 3, stopped: true })
    expect(await run({ baseline: 3.5, patience: 2 }, [4, 3, 2, 2.5])).toMatchObject({ stopped: false })
  })

  it('does not watch epochs before startFromEpoch', async () => {
    expect(await run({ startFromEpoch: 3 }, [1, 2, 3, 4, 3.5, 3.6])).toMatchObject({ last: 5, stopped: true })
  })

  it('warns when its monitor is not logged', async () => {
    const model = new FakeModel()
    const callback = callbacks.earlyStopping()
    await notify(callback, { type: 'epochEnd', epoch: 0, logs: { acc: 1, loss: 2 } }, model)
    expect(printed).toEqual(['warning: earlyStopping watches "val_loss", which is not logged (logged: acc, loss)'])
  })

  it('says what it does when verbose', async () => {
    await run({ verbose: 1, restoreBestWeights: true }, [3, 1, 2])
    expect(printed).toEqual(['Epoch 3: early stopping', 'Restoring model weights from the end of the best epoch: 2.'])
  })

  it('refuses arguments that do not fit', () => {
    expect(() => callbacks.earlyStopping({ patience: -1 })).toThrow('earlyStopping: patience must be an integer >= 0')
  })
})
