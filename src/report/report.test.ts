/** @file Checks what a comparison says, its JSON and its page. */
import { describe, expect, test } from 'vitest'
import { NdArray } from '../tensor/ndarray.ts'
import { compareReport, compareTable, headline, notices, savings } from './compare.ts'
import { type CompareResult, type ModelResult, type TrainResult, toJson, trainJson } from './result.ts'
import { renderText } from './table.ts'
import { trainHeadline, trainNotices, trainReport, trainTable, unevenClasses } from './train.ts'

const CONV: ModelResult = {
  params: 1186378,
  macs: 152_805_376,
  msPerStep: 600,
  epochSeconds: [230, 240],
  gflops: 130,
  peakShare: 1.46,
  history: { loss: [1.7, 1.0], acc: [0.45, 0.64], val_loss: [1.3, 0.9], val_acc: [0.756, 0.7484] },
  weightsSha256: 'c0ffee',
}
const SEPARABLE: ModelResult = {
  params: 174821,
  macs: 18_295_808,
  msPerStep: 200,
  epochSeconds: [80, 80],
  gflops: 70,
  peakShare: 0.79,
  history: { loss: [1.75, 1.3], acc: [0.35, 0.55], val_loss: [1.4, 1.2], val_acc: [0.7458, 0.7582] },
  weightsSha256: 'decaf',
}
const RESULT: CompareResult = {
  data: 'cifar10',
  trainImages: 50000,
  testImages: 10000,
  epochs: 2,
  batchSize: 128,
  seed: 1,
  threads: 2,
  models: { conv: CONV, separable: SEPARABLE },
}
const FULL: CompareResult = {
  ...RESULT,
  classNames: ['<cat>', 'dog'],
  samples: { pictures: new NdArray(new Uint8Array(2 * 4 * 4 * 3), [2, 4, 4, 3]), labels: [0, 1] },
  settings: { 'Node.js': 'v24', '<Machine>': '2 cores & more' },
  models: {
    conv: {
      ...CONV,
      layers: [{ name: 'conv2d<1>', params: 1792, macs: 1_769_472 }],
      summary: 'Model: "<conv>"\n',
      confusion: [
        [9, 1],
        [2, 8],
      ],
      predictions: [
        { label: 0, probability: 0.98 },
        { label: 0, probability: 0.61 },
      ],
    },
    separable: SEPARABLE,
  },
}

describe('words and numbers', () => {
  test('the headline says what the separable network saved', () => {
    expect(headline(RESULT)).toBe(
      'Compared with the ordinary network, the separable one has 6.79× fewer parameters, 8.35× fewer ' +
        'multiply-accumulates, 3× faster training steps and 0.22 points higher best validation accuracy.',
    )
    expect(savings(RESULT)).toHaveLength(4)
  })

  test('a saving that is none is called by its name', () => {
    const history = { ...SEPARABLE.history, val_acc: CONV.history.val_acc }
    const models = { conv: CONV, separable: { ...SEPARABLE, msPerStep: 1200, history } }
    expect(headline({ ...RESULT, models })).toMatch(/2× slower training steps and the same best validation accuracy\.$/)
  })

  test('one network alone, or none', () => {
    expect(headline({ ...RESULT, models: { conv: CONV } })).toBe(
      'The ordinary network with 1,186,378 parameters reached a best validation accuracy of 75.60 %.',
    )
    expect(headline({ ...RESULT, models: {} })).toBe('No network was trained.')
  })

  test('the table fits a terminal of 80 columns', () => {
    const text = renderText(compareTable(RESULT))
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(80)
    expect(text).toContain('│ Seconds an epoch         │         235 │       80.0 │       2.94× faster │')
    expect(text).toContain('│ Train-val gap, points    │      −10.84 │     −20.82 │  9.98 points lower │')
  })

  test('an interrupted run says so and shows no numbers it does not have', () => {
    const none = { loss: [], acc: [], val_loss: [], val_acc: [] }
    const separable = { ...SEPARABLE, msPerStep: Number.NaN, epochSeconds: [], history: none }
    const result = { ...RESULT, models: { conv: CONV, separable } }
    expect(notices(result)).toEqual(['Interrupted: the separable network completed 0 of 2 epochs.'])
    expect(savings(result).map(({ meaning }) => meaning)).toEqual(['fewer parameters', 'fewer multiply-accumulates'])
    expect(renderText(compareTable(result))).toMatch(/Best validation accuracy │\s+75\.60 % │\s+– │\s+│/)
    expect(compareReport(result)).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe('toJson', () => {
  test('has exactly the fields of the schema', () => {
    const {
      layers: _layers,
      summary: _summary,
      confusion: _confusion,
      predictions: _predictions,
      ...conv
    } = FULL.models.conv as ModelResult
    expect(toJson(FULL)).toEqual({ ...RESULT, models: { conv, separable: SEPARABLE } })
  })

  test('a number that is not finite is null', () => {
    const history = { ...CONV.history, loss: [1.7, Number.NaN] }
    const json = toJson({ ...RESULT, models: { conv: { ...CONV, msPerStep: Number.NaN, history } } })
    expect(json.models).toEqual({ conv: { ...CONV, msPerStep: null, history: { ...CONV.history, loss: [1.7, null] } } })
  })
})

describe('compareReport', () => {
  const page = compareReport(FULL)

  test('is one file that fetches nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<iframe|https?:|url\(|@import|\ssrc="(?!data:image\/png;base64,)/)
    expect(page.match(/<h1>/g)).toHaveLength(1)
  })

  test('escapes what comes from data', () => {
    expect(page).not.toMatch(/<cat>|<conv>|<Machine>|conv2d<1>/)
    expect(page).toContain('alt="&lt;cat&gt;"')
    expect(page).toContain('2 cores &amp; more')
  })

  test('marks the wrong prediction and only it', () => {
    expect(page.match(/class="prediction wrong"/g)).toHaveLength(1)
    expect(page).toMatch(/✗<\/span><span>&lt;cat&gt;<\/span><span class="probability">61 %/)
  })

  test('has every section it has data for, and no other', () => {
    const sections = (html: string) => [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1])
    const always = ['Result', 'Learning curves', 'Run']
    const extra = ['Cost of each layer', 'Sample predictions', 'Which classes are confused', 'Layers']
    expect(sections(compareReport(RESULT))).toEqual(always)
    expect(sections(page).sort()).toEqual([...always, ...extra].sort())
  })

  test('lists every epoch as numbers', () => {
    expect(page).toContain('<td class="number">0.7582</td>')
  })

  test('works with one network, and with none', () => {
    expect(compareReport({ ...RESULT, models: { separable: SEPARABLE } })).toContain(
      '<h1>Separable convolutions on cifar10</h1>',
    )
    expect(compareReport({ ...RESULT, models: {} })).toContain('No network was trained.')
  })
})

describe('one network', () => {
  const { models, ...run } = FULL
  const counts = { train: [40, 40], test: [10, 10] }
  const result: TrainResult = { ...run, network: 'tiny', model: models.conv as ModelResult, counts }

  test('says what it reached, and what that is worth', () => {
    expect(trainHeadline(result)).toBe(
      'tiny with 1,186,378 parameters reached a validation accuracy of 74.84 % on cifar10 after the last epoch; ' +
        'always answering "<cat>" would get 50.00 %.',
    )
    expect(trainNotices(result)).toEqual([])
    expect(renderText(trainTable(result))).toMatch(/Best validation accuracy │ +75\.60 % │/)
  })

  test('says how good the weights are that were saved', () => {
    const best = { ...result, model: { ...result.model, savedEpoch: 1 } }
    expect(trainHeadline(best)).toContain('75.60 % on cifar10 after epoch 1 of 2, the best, whose weights were saved; ')
    const early = { ...result, epochs: 9 }
    expect(trainHeadline(early)).toContain('74.84 % on cifar10 after epoch 2, the last one completed; ')
    expect(trainJson(best).savedEpoch).toBe(1)
  })

  test('says what the same answer for everything would get, and that classes are uneven', () => {
    const uneven = { ...result, counts: { train: [48, 2], test: [12, 1] } }
    expect(trainHeadline(uneven)).toMatch(/; always answering "<cat>" would get 92\.31 %\.$/)
    expect(unevenClasses(uneven)).toEqual([
      'Uneven classes: 48 of "<cat>", 2 of "dog" to train with; --class-weights balanced makes all classes count alike.',
    ])
    expect(unevenClasses({ ...uneven, weighsClasses: true })[0]).toMatch(/; the loss weighs them against that\.$/)
    expect(unevenClasses(result)).toEqual([])
    expect(trainReport(uneven)).toContain('Uneven classes: ')
  })

  test('without pictures for tests, it says that nothing is known of others', () => {
    const history = { ...result.model.history, val_acc: [], val_loss: [] }
    const alone = { ...result, model: { ...result.model, history }, counts: { train: [1, 1], test: [0, 0] } }
    expect(trainHeadline(alone)).toMatch(/a training accuracy of .* no pictures were kept for tests, so how good it is/)
    expect(trainReport(alone)).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('timings beside other work are marked wherever they stand', () => {
    const processor = { processorSeconds: 12, othersSeconds: 210, wallSeconds: 113, threads: 2 }
    const busy = { ...result.model, processor }
    const notice = expect.stringContaining(
      'Disturbed: tiny got 5 % of the processor time that 2 threads could take, and other programs took 210 ',
    )
    expect(trainNotices({ ...result, model: busy })).toEqual([notice])
    expect(renderText(trainTable({ ...result, model: busy }))).toMatch(/Share of processor +│ +5 % \(disturbed\) │/)
    expect(trainJson({ ...result, model: busy })).toMatchObject({
      processorSeconds: 12,
      wallSeconds: 113,
      disturbed: true,
    })
    const both = { ...RESULT, models: { conv: CONV, separable: { ...SEPARABLE, processor } } }
    expect(headline(both)).toContain('3× faster training steps (disturbed) and ')
    expect(notices(both)).toEqual([expect.stringContaining('Disturbed: the separable network got 5 %')])
    const quiet = { ...processor, processorSeconds: 200 }
    const small = { ...processor, othersSeconds: 3 } // a network that leaves its threads idle
    for (const other of [quiet, small])
      expect(trainNotices({ ...result, model: { ...busy, processor: other } })).toEqual([])
  })

  test('the page shows curves, classes and pictures, escaped', () => {
    const page = trainReport(result)
    expect(page).toContain('<h1>tiny on cifar10</h1>')
    expect(page).toContain(
      '<th scope="row" class="text">&lt;cat&gt;</th><td class="number">10</td><td class="number">90.0 %</td>',
    )
    expect(page.match(/class="prediction wrong"/g)).toHaveLength(1)
    expect(page).not.toMatch(/<cat>|NaN|Infinity|undefined/)
  })

  test('ended before an epoch was completed', () => {
    const none = { loss: [], acc: [], val_loss: [], val_acc: [] }
    const early = { ...result, model: { ...SEPARABLE, epochSeconds: [], history: none } }
    expect(trainHeadline(early)).toBe('tiny with 174,821 parameters did not complete an epoch.')
    expect(trainNotices(early)).toEqual([
      'Interrupted: 0 of 2 epochs were completed. The saved weights are those of the moment when it was.',
    ])
    expect(trainReport(early)).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('the JSON file has classes and the confusion matrix', () => {
    expect(trainJson(result)).toMatchObject({
      network: 'tiny',
      classes: ['<cat>', 'dog'],
      confusion: [
        [9, 1],
        [2, 8],
      ],
    })
  })
})
