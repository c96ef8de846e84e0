/** @file `train --resume`, inside this process: what is found in a folder, and what is refused. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import '../node.ts'
import { nodePlatform } from '../node-platform.ts'
import { lastingName } from './pictures.ts'
import { runCli } from './program.ts'
import { RunBackup, resumedArguments } from './resume.ts'
import { FakeTerminal } from './testing.ts'
import { trainCommand } from './train.ts'
import { VERSION } from './version.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
const run = join(folder, 'run')
afterAll(() => rmSync(folder, { recursive: true }))

async function train(...args: string[]) {
  const terminal = new FakeTerminal()
  const exitCode = await runCli(['train', ...args], terminal)
  return { exitCode, err: terminal.err.join('') }
}

const keep = (options: object, argument = 'separable') => RunBackup.open(run, { argument, options: { ...options } })

beforeEach(() => rmSync(run, { recursive: true, force: true }))

describe('train --resume', () => {
  it.each([
    ['conv', /network contradicts the run in .*run, which was started with separable, received: "conv"\n$/],
    ['separable --epochs 4', /--epochs contradicts the run in .*run, which was started with 3, received: 4\n$/],
    ['--limit 10', /--limit contradicts the run in .*run, which was started without it, received: 10\n$/],
    ['--no-augment', /--no-augment contradicts the run in .*run, which was started with true, received: false\n$/],
    ['--out elsewhere', /--resume names the folder of the run, so there is no --out, received: "elsewhere"\n$/],
  ])('refuses %s', async (args, message) => {
    await keep({ data: 'shapes', epochs: 3, seed: 0, augment: true, threads: 7 })
    expect(await train('--resume', run, ...args.split(' '))).toEqual({
      exitCode: 1,
      err: expect.stringMatching(message),
    })
  })

  it('refuses --overwrite, which would end the run', async () => {
    await keep({})
    const { exitCode, err } = await train('--resume', run, '--overwrite')
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/goes on with a run, so there is no --overwrite, .*\n$/)])
  })

  it('keeps every option that a run was given, unless it is given anew', async () => {
    const given = [
      ...['resnet8', '--data', 'mnist', '--data-dir', 'd', '--limit', '9', '--image-size', '64x32'],
      ...['--validation-split', '0.3', '--epochs', '4', '--batch-size', '8', '--learning-rate', '0.1', '--no-augment'],
      ...['--validation-data', 'src', '--save', 'best', '--class-weights', 'balanced'],
      ...['--seed', '5', '--threads', '1', '--out', 'o', '--backup-every', '7', '--json', 'numbers.json'],
    ]
    const parsed = trainCommand(new FakeTerminal()).action(() => {})
    const ofOthers = ['recipe', 'overwrite', 'resume']
    const known = parsed.options.map((option) => option.attributeName())
    parsed.parse(given, { from: 'user' })
    expect(known.filter((name) => parsed.getOptionValueSource(name) !== 'cli')).toEqual(ofOthers)
    await RunBackup.open(run, { argument: parsed.args[0], options: parsed.opts() })

    const resumed = async (...args: string[]) => {
      const command = trainCommand(new FakeTerminal()).action(() => {})
      command.parse(args, { from: 'user' })
      return resumedArguments(command, new FakeTerminal())
    }
    const paths = {
      dataDir: resolve('d'),
      validationData: resolve('src'),
      json: resolve('numbers.json'),
      resume: run,
      out: run,
    }
    const expected = { argument: 'resnet8', options: { ...parsed.opts(), ...paths } }
    expect(await resumed('--resume', run)).toEqual(expected)
    const threads = { ...expected, options: { ...expected.options, threads: 2, backupEvery: 3 } }
    expect(await resumed('--resume', run, '--threads', '2', '--backup-every', '3')).toEqual(threads)
  })

  it('keeps folders of pictures by their full paths, to find them from anywhere', () => {
    expect([lastingName('src'), lastingName('mnist')]).toEqual([resolve('src'), 'mnist'])
  })

  it('knows a folder of pictures by any of its names', async () => {
    await keep({ data: resolve('src'), epochs: 3 })
    const { err } = await train('--resume', run, '--data', './src/../src', '--epochs', '4')
    expect(err).toContain('--epochs contradicts the run')
    expect((await train('--resume', run, '--data', 'test')).err).toContain('--data contradicts the run')
  })

  it('says when there is nothing to resume, and why', async () => {
    const none = await train('--resume', run)
    expect(none.err).toMatch(/--resume: there is no interrupted run in this folder, received: ".*run"\n$/)
    mkdirSync(run)
    writeFileSync(join(run, 'model.keras'), '')
    expect((await train('--resume', run)).err).toMatch(/--resume: this run is over, its model is .*run\/model.keras, /)
  })

  it.each([
    ['{', /run.json is not JSON, received: /],
    ['{"options": 3}', /run.json holds no options of a run, received: 3/],
    [
      `{"separable": "${VERSION}", "options": {"epochs": 0}}`,
      /--epochs must be a whole number from 1 to 1000000000, received: 0/,
    ],
    [`{"separable": "${VERSION}", "options": {"data": "x"}}`, /no data set of this name .*, received: "x"/],
    [`{"separable": "${VERSION}", "argument": "x", "options": {}}`, /unknown network .*, received: "x"/],
  ])('reads what was kept as carefully as what is typed: %s', async (text, message) => {
    mkdirSync(join(run, 'backup'), { recursive: true })
    writeFileSync(join(run, 'backup/run.json'), text)
    expect(await train('--resume', run)).toEqual({ exitCode: 1, err: expect.stringMatching(message) })
  })

  it.each(['model.keras', 'history.json', 'summary-conv.txt'])('keeps new runs away from a %s', async (name) => {
    mkdirSync(run)
    writeFileSync(join(run, name), 'mine')
    for (const command of ['train', 'compare']) {
      const terminal = new FakeTerminal()
      expect(await runCli([command, '--out', run], terminal)).toBe(1)
      expect(terminal.err.join('')).toMatch(
        /another run in this folder \(.*\), .*--resume .*--overwrite .*, received: ".*run"\n$/,
      )
    }
    expect(readdirSync(run)).toEqual([name])
  })

  it('keeps a second process out of the folder of a run that goes on', async () => {
    mkdirSync(run)
    const lock = await nodePlatform.lock(join(run, 'run.lock'))
    for (const args of [
      ['--out', run],
      ['--out', run, '--overwrite'],
    ])
      expect((await train(...args)).err).toMatch(/^separable: another process trains into this folder: .*\n$/)
    await lock?.release()
    expect(readdirSync(run)).toEqual([])
  })

  it('keeps a new run out of the folder of one that can be resumed', async () => {
    const backup = await keep({})
    expect((await train('--out', run)).err).toMatch(
      /there is an interrupted run in this folder: go on with it by --resume .*run, take another --out, or --overwrite what is there, received: /,
    )
    writeFileSync(join(run, 'backup/latest.npz.1-0.tmp'), '')
    await backup.remove()
    expect([existsSync(join(run, 'backup')), readdirSync(run)]).toEqual([false, []])
  })
})
