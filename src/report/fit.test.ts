/** @file Tables in terminals of any width. */
import { describe, expect, it } from 'vitest'
import { renderSummary } from './summary.ts'
import { renderText } from './table.ts'

const LAYERS = ['conv2d', 'separable_conv2d_with_a_long_name', 'max_pooling2d'].map((name, i) => ({
  name,
  className: i === 1 ? 'SeparableConv2D' : 'Conv2D',
  outputShape: [null, 32, 32, 64],
  params: 1_000_000 + i,
  connectedTo: ['input_layer[0][0]'],
  macs: 152_805_376,
  memory: 5_000_000,
}))
const TOTALS = { trainable: 3_000_003, nonTrainable: 0, peakMemory: 5_000_000 }
const SUMMARY = { name: 'net', sequential: false, layers: LAYERS, totals: TOTALS }
const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => line.length))
/** Without lines and blanks: what can be read. */
const letters = (text: string) => text.replace(/[^\w,.()[\]]/g, '')

describe('a summary', () => {
  it.each([117, 80, 60, 40])(
    'of %i columns has lines that fit, with all names and numbers of parameters',
    (columns) => {
      for (const extra of [{}, { cost: true }, { memory: true }, { cost: true, memory: true }]) {
        const text = renderSummary(SUMMARY, { ...extra, columns })
        expect(widthOf(text)).toBeLessThanOrEqual(columns)
        for (const params of ['1,000,000', '1,000,001', '1,000,002']) expect(text).toContain(` ${params} │`)
      }
    },
  )

  it('is as in Keras where that fits', () => {
    const sequential = { ...SUMMARY, sequential: true }
    expect(renderSummary(sequential, { columns: 88 })).toBe(renderSummary(sequential))
    expect(renderSummary(SUMMARY, { columns: 108 })).toBe(renderSummary(SUMMARY))
    expect(renderSummary(sequential, { columns: 87 })).not.toBe(renderSummary(sequential))
  })

  it('says what it leaves out, connections first', () => {
    const text = renderSummary(SUMMARY, { cost: true, memory: true, columns: 60 })
    expect(text).toMatch(/^ Left out to fit: .*Connected to/m)
    expect(text).toContain('MACs')
    expect(renderSummary(SUMMARY, { columns: 80 })).not.toContain('Left out')
  })
})

describe('a table', () => {
  const table = {
    caption: '',
    columns: ['Measure', 'Ordinary', 'Separable', 'Difference'],
    rows: [
      ['Best validation accuracy', '98.60 %', '96.50 %', '2.10 points lower'],
      ['Multiply-accumulates', '152,805,376', '18,295,808', '8.35× fewer'],
    ],
  }

  it('wraps words and keeps every figure', () => {
    const text = renderText(table, 60)
    expect(widthOf(text)).toBeLessThanOrEqual(60)
    for (const figure of ['98.60 %', '152,805,376', '18,295,808']) expect(text).toContain(figure)
    expect(letters(text)).toContain('accumulates')
    expect(text).not.toContain('…')
  })

  it('leaves out the last columns where even that is too wide', () => {
    const text = renderText(table, 40)
    expect(widthOf(text)).toBeLessThanOrEqual(40)
    expect(text).toMatch(/Left out to fit:.*Difference\n$/s)
    expect(text).toContain('152,805,376')
  })

  it('breaks a word that is longer than any line', () => {
    const name = 'layers/separable_conv2d_17/vars/0'.repeat(3)
    const text = renderText({ caption: '', columns: ['Array', 'Shape'], rows: [[name, '(3, 3)']] }, 40)
    expect(widthOf(text)).toBeLessThanOrEqual(40)
    expect(text.replace(/[^\w/]/g, '')).toContain('vars')
    expect(letters(text)).toContain('(3')
  })
})
