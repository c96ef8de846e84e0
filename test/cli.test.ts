/** @file The built command line as its users meet it: a process with output, files and an exit code. Needs `npm run build`. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ended, MAIN, type Outcome, said, startCommand } from './command-line.ts'

/** A run that takes seconds. */
const TINY = ['--limit', '96', '--batch-size', '32', '--epochs', '1']

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-cli-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const start = (...args: string[]) => startCommand(dir, ...args)
const run = (...args: string[]) => ended(start(...args))

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

describe('compare', () => {
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await run('compare', ...TINY, '--out', 'both', '--json', 'both.json', '--seed', '7')
  })

  it('trains both networks and ends with table, headline and report', () => {
    const { exitCode, out, err } = outcome
    expect([exitCode, err]).toEqual([0, ''])
    expect(out).toContain('Ordinary network: 1,186,378 parameters, 153 M multiply-accumulates an image\nEpoch 1/1\n')
    expect(out).toContain('Separable network: 174,821 parameters, 18.3 M multiply-accumulates an image\nEpoch 1/1\n')
    expect(out.match(/^3\/3 - \d+s - \S+\/step - acc: .* - loss: .* - val_acc: .* - val_loss: .*$/gm)).toHaveLength(2)
    expect(out).toMatch(/│ Parameters +│ +1,186,378 │ +174,821 │ +6.79× fewer │/)
    expect(out).toMatch(/^Compared with the ordinary network, the separable one has 6.79× fewer parameters/m)
    expect(out.trimEnd()).toMatch(/^Report: both\/report.html$/m)
  })

  it('shows no colours and redraws nothing where there is no terminal', () => {
    for (const control of ['\r', '\u001b']) expect(outcome.out).not.toContain(control)
  })

  it('writes complete files and nothing else', () => {
    const files = [
      'accuracy.svg',
      'history.json',
      'loss.svg',
      'report.html',
      'results.md',
      'summary-conv.txt',
      'summary-separable.txt',
    ]
    expect(readdirSync(join(dir, 'both')).sort()).toEqual(files)
    expect(readFileSync(join(dir, 'both/report.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\s*$/s)
    for (const chart of ['accuracy.svg', 'loss.svg'])
      expect(readFileSync(join(dir, 'both', chart), 'utf8')).toMatch(/<svg .*<\/svg>\s*$/s)
    expect(readFileSync(join(dir, 'both/summary-conv.txt'), 'utf8')).toContain('Total params: 1,186,378')
    expect(readFileSync(join(dir, 'both/results.md'), 'utf8')).toContain(
      '| Parameters | 1,186,378 | 174,821 | 6.79× fewer |',
    )
  })

  it('writes the numbers in the agreed form', () => {
    const json = readJson(join(dir, 'both.json'))
    expect(json).toEqual(readJson(join(dir, 'both/history.json')))
    const { models, ...rest } = json
    const threads = expect.any(Number)
    expect(rest).toEqual({
      data: 'shapes',
      trainImages: 96,
      testImages: 96,
      epochs: 1,
      batchSize: 32,
      seed: 7,
      threads,
    })
    const number = expect.any(Number)
    const model = {
      msPerStep: number,
      epochSeconds: [number],
      gflops: number,
      peakShare: number,
      processorSeconds: number,
      othersSeconds: number,
      wallSeconds: number,
      processorShare: number,
      disturbed: expect.any(Boolean),
      history: { loss: [number], acc: [number], val_loss: [number], val_acc: [number] },
      weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    }
    expect(models).toEqual({
      conv: { params: 1_186_378, macs: 152_805_376, ...model },
      separable: { params: 174_821, macs: 18_295_808, ...model },
    })
  })

  it('gives the same weights for the same seed, whatever the number of threads', async () => {
    const args = ['compare', ...TINY, '--models', 'separable', '--out', 'again', '--overwrite', '--json', 'again.json']
    const sums: string[] = []
    for (const options of [
      ['--seed', '7', '--threads', '1'],
      ['--seed', '8'],
    ]) {
      expect((await run(...args, ...options)).exitCode).toBe(0)
      sums.push(readJson(join(dir, 'again.json')).models.separable.weightsSha256)
    }
    const { weightsSha256 } = readJson(join(dir, 'both.json')).models.separable
    expect(sums[0]).toBe(weightsSha256)
    expect(sums[1]).not.toBe(weightsSha256)
  })

  it('says what works but may surprise', async () => {
    const { exitCode, err } = await run(
      ...[
        'compare',
        '--models',
        'separable',
        '--limit',
        '20',
        '--epochs',
        '1',
        '--threads',
        `${availableParallelism() + 1}`,
        '--out',
        'odd',
      ],
    )
    expect(exitCode).toBe(0)
    expect(err).toMatch(/^warning: \d+ threads on \d+ cores: /m)
    expect(err).toMatch(/^warning: a batch of 32 is more than the 20 training images: /m)
  })
})

describe('compare, interrupted', () => {
  const endless = ['compare', ...TINY, '--epochs', '10000', '--models', 'separable']

  it('reports what was trained and exits with 130', async () => {
    const child = start(...endless, '--out', 'interrupted')
    const outcome = ended(child)
    await said(child, 'Epoch 3/10000')
    child.kill('SIGINT')
    const { exitCode, out, err } = await outcome
    expect(exitCode).toBe(130)
    expect(err).toBe('warning: interrupted: ending after the present step; Ctrl-C again stops at once\n')
    const [, epochs] = /Interrupted: the separable network completed (\d+) of 10000 epochs\./.exec(out) ?? []
    expect(Number(epochs)).toBeGreaterThan(1)
    expect(readdirSync(join(dir, 'interrupted'))).toContain('report.html')
    expect(readJson(join(dir, 'interrupted/history.json')).models.separable.history.val_acc).toHaveLength(
      Number(epochs),
    )
  })
})

describe.skipIf(!existsSync('/dev/full'))('stdout', () => {
  const shell = (line: string, env: NodeJS.ProcessEnv = process.env) =>
    ended(spawn('bash', ['-c', `separable() { '${process.execPath}' '${MAIN}' "$@"; }; ${line}`], { cwd: dir, env }))

  it('that is full is one line and exit code 1', async () => {
    const { exitCode, err } = await shell('separable summary conv > /dev/full')
    const line = 'separable: cannot write to stdout: no space left on device, received: "ENOSPC"\n'
    expect([exitCode, err]).toEqual([1, line])
  })

  it('whose reader has seen enough ends the program silently, as shells expect', async () => {
    const { out, err } = await shell('separable summary vgg16 | head -n 1; echo $PIPESTATUS')
    expect([out, err]).toEqual([expect.stringMatching(/^Model: .*\n(0|141)\n$/), ''])
  })

  it('holds the numbers alone where --json asks for that', async () => {
    const { exitCode, out, err } = await shell('separable summary lenet5 --json -')
    expect([exitCode, JSON.parse(out).model, err]).toEqual([0, 'lenet5', expect.stringContaining('Total params')])
  })

  it('fits COLUMNS', async () => {
    const { out } = await shell('separable summary separable --cost', { ...process.env, COLUMNS: '60' })
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  })

  it('has nothing to do with a file that --json names, device or not', async () => {
    const { exitCode, err } = await shell('separable summary lenet5 --json /dev/full > /dev/null')
    const line = 'separable: cannot write /dev/full: no space left on device, received: "ENOSPC"\n'
    expect([exitCode, err]).toEqual([1, line])
    const { out } = await shell(
      'separable export --help > /dev/null; separable summary lenet5 --json a/b/c.json; ls a/b',
    )
    expect(out).toMatch(/c\.json\n$/)
  })
})

describe('damaged data', () => {
  const RECORD = 3073
  const folder = () => join(dir, 'data', 'cifar-10-batches-bin')

  /** The files of CIFAR-10, all labels 3; `damage` changes the first one. */
  function writeCifar10(damage: (bytes: Uint8Array) => Uint8Array): void {
    mkdirSync(folder(), { recursive: true })
    const whole = new Uint8Array(10_000 * RECORD)
    for (let record = 0; record < whole.length; record += RECORD) whole[record] = 3
    for (const name of ['data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
      writeFileSync(join(folder(), `${name}.bin`), whole)
    writeFileSync(join(folder(), 'data_batch_1.bin'), damage(whole))
  }

  it.each([
    [
      'a truncated file',
      (bytes: Uint8Array) => bytes.subarray(0, 5000),
      /data_batch_1.bin is truncated: .*received: 5000$/,
    ],
    [
      'a label out of range',
      (bytes: Uint8Array) => bytes.with(7 * RECORD, 10),
      /data_batch_1.bin: the label of picture 7 must be 0 to 9, received: 10$/,
    ],
  ])('names %s and leaves nothing behind', async (_, damage, message) => {
    writeCifar10(damage)
    const { exitCode, out, err } = await run('compare', '--data', 'cifar10', '--out', 'damaged')
    expect([exitCode, out]).toEqual([1, ''])
    expect(err).toMatch(/^separable: .*\n$/)
    expect(err.trimEnd()).toMatch(message)
    expect(existsSync(join(dir, 'damaged'))).toBe(false)
  })
})

describe('the world outside', () => {
  it('does not answer: one line, and nothing half-written', async () => {
    const offline = join(dir, 'offline.mjs')
    const cause = `Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })`
    writeFileSync(
      offline,
      `globalThis.fetch = async () => { throw new TypeError('fetch failed', { cause: ${cause} }) }`,
    )
    const args = ['--import', offline, MAIN, 'data', 'download', 'mnist', '--data-dir', join(dir, 'fresh')]
    const { exitCode, err } = await ended(spawn(process.execPath, args))
    expect(exitCode).toBe(1)
    expect(err).toMatch(/^separable: cannot download https:.*check the network.*received: "ENOTFOUND"\n$/)
  })

  it('stops reading, as head does: no complaint', async () => {
    const command = `"${process.execPath}" "${MAIN}" summary conv | head -n 1`
    expect(await ended(spawn('sh', ['-c', command]))).toEqual({ exitCode: 0, out: 'Model: "sequential"\n', err: '' })
  })
})
