/** @file Checks tables as text, Markdown and HTML. */
import { expect, test } from 'vitest'
import { renderHtml, renderMarkdown, renderText } from './table.ts'

const TABLE = {
  caption: 'Speed <of> both',
  columns: ['Network', 'ms', 'Note'],
  rows: [
    ['conv_1 | a', '1,234.5', 'slow'],
    ['separable', '−7 %', ''],
    ['none', '–', '<b>'],
  ],
}

test('as text: columns of numbers are aligned right', () => {
  expect(renderText(TABLE)).toBe(`┏━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━┓
┃ Network    ┃      ms ┃ Note ┃
┡━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━┩
│ conv_1 | a │ 1,234.5 │ slow │
│ separable  │    −7 % │      │
│ none       │       – │ <b>  │
└────────────┴─────────┴──────┘
`)
})

test('as Markdown: bars and markup are escaped', () => {
  expect(renderMarkdown(TABLE)).toBe(`| Network | ms | Note |
| --- | ---: | --- |
| conv\\_1 \\| a | 1,234.5 | slow |
| separable | −7 % |  |
| none | – | \\<b\\> |
`)
})

test('as HTML: caption, header cells for columns and rows, all escaped', () => {
  const { source } = renderHtml(TABLE)
  expect(source).toContain('<caption>Speed &lt;of&gt; both</caption>')
  expect(source).toContain('<th scope="col" class="number">ms</th>')
  expect(source).toContain(
    '<tr><th scope="row" class="text">none</th><td class="number">–</td><td class="text">&lt;b&gt;</td>',
  )
})

test('a table without rows keeps its header', () => {
  expect(renderText({ caption: '', columns: ['a', 'b'], rows: [] }).split('\n')[1]).toBe('┃ a ┃ b ┃')
})
