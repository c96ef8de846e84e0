/** @file Checks progress lines against those of Keras 3.15.1, and that they stay within the terminal. */
import { describe, expect, test } from 'vitest'
import { epochHeader, epochLine, type Progress, progressLine, secondsPerStep } from './progress.ts'

const RUNNING: Progress = {
  step: 120,
  steps: 391,
  elapsed: 12.3,
  perStep: 0.0941,
  metrics: { acc: 0.1234, loss: 1.2345 },
}
const DONE: Progress = {
  step: 391,
  steps: 391,
  elapsed: 11.2,
  perStep: 0.026,
  metrics: { acc: 0.44961, loss: 1.74678, val_acc: 0.5297, val_loss: 1.3347 },
  done: true,
}

/** The length on screen: without ANSI codes. */
function visible(line: string): string {
  return line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
}

test('the header counts epochs from 1', () => {
  expect(epochHeader(1, 10)).toBe('Epoch 1/10')
})

test('the first step does not count in the time of a step', () => {
  expect(secondsPerStep(0, 0, 0)).toBe(0)
  expect(secondsPerStep(1, 5, 5)).toBe(5)
  expect(secondsPerStep(11, 6, 5)).toBeCloseTo(0.1)
})

// The expected lines were printed by Keras 3.15.1's Progbar; without colour the missing cells are thin here.
describe('progressLine', () => {
  test('running: the time left', () => {
    expect(progressLine(RUNNING)).toBe('120/391 ━━━━━━────────────── 25s 94ms/step - acc: 0.1234 - loss: 1.2345')
  })

  test('done: the time taken', () => {
    expect(progressLine(DONE, { columns: 120 })).toBe(
      '391/391 ━━━━━━━━━━━━━━━━━━━━ 11s 26ms/step - acc: 0.4496 - loss: 1.7468 - val_acc: 0.5297 - val_loss: 1.3347',
    )
  })

  test('bold counts and times, a green and a white part', () => {
    const [bold, green, white, reset] = ['\u001b[1m', '\u001b[32m', '\u001b[37m', '\u001b[0m']
    const bar = `${green}${'━'.repeat(6)}${reset}${white}${'━'.repeat(14)}${reset}`
    expect(progressLine(RUNNING, { color: true })).toBe(
      `${bold}120/391${reset} ${bar} ${bold}25s${reset} 94ms/step - acc: 0.1234 - loss: 1.2345`,
    )
  })

  test.each([
    [59.9, '59s'],
    [65, '1:05'],
    [3599.9, '59:59'],
    [3725, '1:02:05'],
  ])('%d seconds left are written %s', (left, text) => {
    expect(progressLine({ ...RUNNING, perStep: left / 271 + 1e-9 })).toContain(` ${text} `)
  })

  test.each([
    [0.0004, '400us/step'],
    [0.027, '27ms/step'],
    [7.2, '7s/step'],
    [0, '0s/step'],
  ])('a step of %d seconds is written %s', (perStep, text) => {
    expect(progressLine({ ...RUNNING, perStep })).toContain(` ${text} `)
  })

  test.each([
    [123.45678, '123.4568'],
    [0.001, '1.0000e-03'],
    [1e-12, '1.0000e-12'],
    [0, '0.0000e+00'],
    [-0.5, '-0.5000'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('the value %d is written %s', (loss, text) => {
    expect(progressLine({ ...RUNNING, metrics: { loss } })).toMatch(new RegExp(`- loss: ${text.replace('+', '\\+')}$`))
  })

  test('an unknown number of steps has no bar', () => {
    expect(progressLine({ ...RUNNING, steps: null })).toBe('    120/Unknown 12s 94ms/step - acc: 0.1234 - loss: 1.2345')
  })

  test.each([
    [60, '120/391 ━━────── 25s 94ms/step - acc: 0.1234 - loss: 1.2345'],
    [55, '120/391 ━━─────── 25s 94ms/step acc 0.1234 loss 1.2345'],
    [50, '120/391 25s 94ms/step acc 0.1234 loss 1.2345'],
    [40, '120/391 25s 94ms/step acc 0.1234'],
    [10, '120/391'],
  ])('in %d columns', (columns, line) => {
    expect(progressLine(RUNNING, { columns })).toBe(line)
  })

  test.each([[20], [30], [40], [60], [80], [81], [100], [105], [106], [200]])('never fills %d columns', (columns) => {
    for (const progress of [RUNNING, DONE])
      for (const color of [false, true])
        expect(visible(progressLine(progress, { columns, color })).length).toBeLessThan(columns)
  })
})

test('one plain line an epoch where there is no terminal', () => {
  expect(epochLine(DONE)).toBe(
    '391/391 - 11s - 26ms/step - acc: 0.4496 - loss: 1.7468 - val_acc: 0.5297 - val_loss: 1.3347',
  )
})
