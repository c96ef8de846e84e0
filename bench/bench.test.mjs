/** @file The bench counts what the networks cost, takes turns, and compares like with like. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatFirstSteps, medians } from './first-step.mjs'
import { formatKernels, medianProfile, plotKernels } from './kernels.mjs'
import { measureRounds } from './measure.mjs'
import { flopsOf, networkOf, paramsOf } from './networks.mjs'
import { readOptions, USAGE, UsageError } from './options.mjs'
import { formatDisturbed, formatScaling, formatTable, median, toRows } from './report.mjs'
import { formatBatches, formatDatasets } from './scaling.mjs'

/** @typedef {import('./contestants.mjs').System} System */

const infer = /** @type {const} */ ({ model: 'conv', task: 'infer', batch: 128, threads: 1 })
const step = /** @type {const} */ ({ model: 'conv', task: 'step', batch: 128, threads: 1 })

/** A system that takes `ms` a call and writes its name into `log`. @param {string} name @param {number} ms @param {string[]} [log] */
function fake(name, ms, log = []) {
  /** @type {System} */
  const system = {
    name,
    tasks: ['step', 'infer'],
    measure: async (what, count) => {
      log.push(`${name} ${what.task} ${count}`)
      return ms
    },
  }
  return system
}

/** @param {string} name @param {number[]} ms @param {Partial<import('./contestants.mjs').Case>} [what] */
const entry = (name, ms, what) => ({ what: { ...infer, ...what }, system: fake(name, 1), count: 1, ms })

describe('networks', () => {
  it('have the parameters and the forward cost of the tutorial', () => {
    expect([paramsOf('conv'), paramsOf('separable')]).toEqual([1_186_378, 174_821])
    // Keras: MobileNet(input_shape=(96, 96, 3), alpha=0.25), without the moving averages.
    expect(paramsOf('mobilenet')).toBe(475_544 - 5_472)
    expect(flopsOf('conv', 'infer', 1) / 2e6).toBeCloseTo(152.81, 2)
    expect(flopsOf('separable', 'infer', 1) / 2e6).toBeCloseTo(18.3, 2)
  })

  it('cost three forward passes a step, less the gradient of the pictures', () => {
    const pictureGradient = { conv: 32 * 32 * 9 * 3 * 64, separable: 32 * 32 * 9 * 3 }
    for (const [model, macs] of Object.entries(pictureGradient))
      expect(flopsOf(model, 'step', 128)).toBe(3 * flopsOf(model, 'infer', 128) - 2 * 128 * macs)
  })

  it('have known names', () => {
    expect(() => networkOf('vgg')).toThrow('expected one of conv, separable, mobilenet, received: vgg')
  })
})

describe('rounds', () => {
  it('warm up, then interleave the systems, every other round backwards', async () => {
    /** @type {string[]} */
    const log = []
    const systems = [fake('a', 1000, log), fake('b', 100, log)]
    const entries = await measureRounds({ systems, cases: [infer], rounds: 2 })
    expect(log).toEqual([
      ...['a infer 1', 'a infer 2', 'b infer 1', 'b infer 2'],
      ...['a infer 2', 'a infer 1', 'b infer 2', 'b infer 3'],
      ...['b infer 2', 'b infer 3', 'a infer 2', 'a infer 1'],
    ])
    expect(entries.map(({ ms }) => ms)).toEqual([
      [1000, 1000],
      [100, 100],
    ])
  })

  it('leave out what a system does not do, and report what it cannot do', async () => {
    /** @type {System} */
    const broken = { name: 'broken', tasks: ['infer'], measure: () => Promise.reject(new Error('no memory')) }
    /** @type {string[]} */
    const failures = []
    const entries = await measureRounds({
      systems: [broken, fake('a', 500)],
      cases: [step, infer],
      rounds: 1,
      onFailure: ({ system }, error) => failures.push(`${system.name}: ${error.message}`),
    })
    expect(failures).toEqual(['broken: no memory'])
    expect(entries.map(({ system, what }) => `${system.name} ${what.task}`)).toEqual(['a step', 'a infer'])
  })
})

describe('report', () => {
  const entries = [
    entry('separable', [60, 50, 70]),
    entry('torch', [120, 90, 100]),
    entry('tfjs', [400, 500]),
    entry('separable', [30], { threads: 2 }),
  ]

  it('compares medians with those of each peer on the same case', () => {
    const rows = toRows(entries, new Map([[1, 1000]]))
    expect(rows.map(({ msMedian, msMin, ratio }) => [msMedian, msMin, ratio])).toEqual([
      [60, 50, null],
      [100, 90, 0.6],
      [450, 400, 60 / 450],
      [30, 30, null],
    ])
    expect(rows[0]?.gflops).toBeCloseTo(flopsOf('conv', 'infer', 128) / 0.06 / 1e9)
    expect(rows.map(({ peakShare }) => peakShare !== null)).toEqual([true, true, true, false])
  })

  it('prints one line a row and says what more threads bring', () => {
    const rows = toRows(entries, new Map())
    const lines = formatTable(rows).split('\n')
    expect(lines[1]).toMatch(/^conv +infer 128 +1 +separable +60.0 +50.0 +652.0 +- +-$/)
    expect(lines[2]).toMatch(/torch .* 0.60$/)
    expect(lines.filter((line) => line === '')).toHaveLength(1)
    expect(formatScaling(rows)).toEqual(['conv infer 128: 2.00 times as fast on 2 threads as on 1'])
  })

  it('marks what was timed while other programs took the processor', () => {
    const rows = toRows([{ ...entry('separable', [60, 50, 70]), others: [0.3, 0.4, 0.5] }, ...entries], new Map())
    expect(rows.map(({ othersShare }) => othersShare)).toEqual([0.4, null, null, null, null])
    expect(formatDisturbed(rows)).toEqual([
      'disturbed: other programs took 40 % of all cores during conv infer 128 on 1 threads',
    ])
  })

  it('takes the mean of the middle two of an even number', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
  })
})

describe('kernels', () => {
  /** @param {string} layer @param {string} kernel @param {number} ms @param {number} gflops */
  const time = (layer, kernel, ms, gflops) => ({ layer, kernel, phase: 0, ms, gflops })
  /** @param {number} factor */
  const round = (factor) => [
    time('block1', 'matmul+relu.f32.nhwc', 10 * factor, 40 / factor),
    time('block1', 'reshape.f32', 30 * factor, Number.NaN),
    time('head', 'sum.f32', 0.1 * factor, Number.NaN),
  ]

  it('takes the median of each, and its speed', () => {
    const kernels = medianProfile([round(1), round(4), round(2)])
    expect(kernels.map(({ ms }) => ms)).toEqual([20, 60, 0.2])
    expect(kernels[0]?.gflops).toBe(20)
  })

  it('lists the slow ones with their share of the step and of the peak', () => {
    const lines = formatKernels({ model: 'conv', kernels: round(1) }, 50).split('\n')
    expect(lines[0]).toBe('conv: a training step of 128 takes 40.1 ms on one thread, kernel by kernel')
    expect(lines[4]).toMatch(/block1 +│ reshape +│ 30.00 │ +75 % │ +– │ +– │/)
    expect(lines[5]).toMatch(/block1 +│ matmul\+relu +│ 10.00 │ +25 % │ +40.0 │ +80 % │/)
    expect(lines[6]).toMatch(/the others +│ +│ +0.10 │ +0 % │/)
  })

  it('shows those of a kind together where none is hot', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      time(`block${i}`, i % 3 ? 'matmul.f32' : 'sum.f32', 1, i % 3 ? 20 : NaN),
    )
    const lines = formatKernels({ model: 'mobilenet', kernels: many }, 50).split('\n')
    expect(lines[0]).toBe('mobilenet: a training step of 32 takes 30.0 ms on one thread, kernel by kernel')
    expect(lines[4]).toMatch(/20 kernels +│ matmul +│ 20.00 │ +67 % │ +20.0 │ +40 % │/)
    expect(lines[5]).toMatch(/10 kernels +│ sum +│ 10.00 │ +33 % │ +– │ +– │/)
  })

  it('draws them', () => {
    const svg = plotKernels([{ model: 'small', kernels: round(1) }])
    expect(svg).toMatch(/^<\?xml.*block1 reshape.*block1 y.*<\/svg>\n$/s)
  })
})

describe('first step', () => {
  /** @param {number} ms */
  const times = (ms) => ({ load: ms, ready: 2 * ms, first: 3 * ms, usual: 4 * ms })

  it('takes the medians of the processes', () => {
    expect(medians([times(1), times(9), times(5)])).toEqual(times(5))
    const text = formatFirstSteps([{ model: 'conv', task: 'first', batch: 128, threads: 2, ...times(5) }], 3)
    expect(text).toMatch(/^first step in a fresh process on 2 threads, ms, medians of 3 processes\n/)
    expect(text).toMatch(/│ conv +│ +128 │ +5 │ +10 │ +15 │ +20 │/)
  })
})

describe('scaling', () => {
  it('compares batches with 128 images, and memory with its prediction', () => {
    const memory = { peak: 100 * 2 ** 20, predicted: 105 * 2 ** 20 }
    const rows = [
      { batch: 32, ms: 1.1, cpuMs: 2.2, ...memory },
      { batch: 128, ms: 1, cpuMs: 2, ...memory },
      { batch: 512, ms: 0.9, cpuMs: 2, ...memory },
    ]
    const lines = formatBatches(rows).split('\n')
    expect(lines[3]).toMatch(/│ +32 │ +1.100 │ +\+10 % │ +2.200 │ +\+10 % │ +100.00 MB │ +105.00 MB │ +\+5 % │/)
    expect(lines[5]).toMatch(/│ +512 │ +0.900 │ +−10 % │ +2.000 │ +\+0 % │/)
  })

  it('compares data sets with the largest', () => {
    const rows = [
      { images: 1000, ms: 2, cpuMs: 3, before: 1.25 },
      { images: 50_000, ms: 1, cpuMs: 3, before: 4 },
    ]
    expect(formatDatasets(rows)).toMatch(/│ +1,000 │ +2.000 │ +\+100 % │ +3.000 │ +\+0 % │ +1.3 │/)
  })
})

describe('command line', () => {
  it.each([
    [['--models', 'vgg'], '--models takes conv, separable, mobilenet, received: vgg'],
    [['--threads', '1,0'], '--threads takes whole numbers above 0, received: 0'],
    [['--rounds', 'x'], '--rounds takes whole numbers above 0, received: x'],
    [['--colour'], '--colour'],
  ])('rejects %s', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError)
    expect(() => readOptions(args)).toThrow(message)
  })

  it('has defaults', () => {
    const all = {
      models: ['conv', 'separable', 'mobilenet'],
      peers: ['torch', 'torch-tuned', 'tensorflow', 'tfjs'],
      threads: [1, 2],
      rounds: 7,
    }
    expect(readOptions([])).toMatchObject({ ...all, scaling: false, help: false })
  })

  it('exits with 2 after a mistake, and says what there is', () => {
    const bench = fileURLToPath(new URL('run.mjs', import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, [bench, '--colour'], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toContain(USAGE)
  })
})
