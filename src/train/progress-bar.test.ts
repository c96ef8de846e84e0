/** @file Tests of the progress bar on a screen that only remembers. */
import { describe, expect, it } from 'vitest'
import type { Screen } from './environment.ts'
import { ProgressBar } from './progress-bar.ts'

class FakeScreen implements Screen {
  readonly interactive = true
  readonly columns = 100
  readonly color = false
  readonly shown: string[] = []

  print(line: string): void {
    this.shown.push(`${line}\n`)
  }

  warn(): void {}

  draw(line: string): void {
    this.shown.push(`\r${line}`)
  }

  endDrawing(): void {
    this.shown.push('\n')
  }
}

function epoch(redraws: boolean): string[] {
  const screen = new FakeScreen()
  let seconds = 100
  const bar = new ProgressBar(screen, redraws, () => seconds)
  bar.on({ type: 'trainBegin', epochs: 2, steps: 2 })
  bar.on({ type: 'epochBegin', epoch: 0 })
  for (const step of [1, 2]) {
    seconds += 1.5
    bar.on({ type: 'stepEnd', epoch: 0, step, count: 8, logs: { acc: step / 4, loss: 2 } })
  }
  seconds += 1
  bar.on({ type: 'epochEnd', epoch: 0, logs: { acc: 0.5, loss: 2, val_acc: 0.25 } })
  return screen.shown
}

describe('ProgressBar', () => {
  it('is redrawn after steps and ends with the values of the epoch', () => {
    expect(epoch(true)).toEqual([
      'Epoch 1/2\n',
      '\r1/2 ━━━━━━━━━━────────── 1s 2s/step - acc: 0.2500 - loss: 2.0000',
      '\r2/2 ━━━━━━━━━━━━━━━━━━━━ 0s 2s/step - acc: 0.5000 - loss: 2.0000',
      '\r2/2 ━━━━━━━━━━━━━━━━━━━━ 4s 2s/step - acc: 0.5000 - loss: 2.0000 - val_acc: 0.2500',
      '\n',
    ])
  })

  it('is a line for each epoch elsewhere', () => {
    expect(epoch(false)).toEqual(['Epoch 1/2\n', '2/2 - 4s - 2s/step - acc: 0.5000 - loss: 2.0000 - val_acc: 0.2500\n'])
  })
})
