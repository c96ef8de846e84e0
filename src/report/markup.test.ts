/** @file Checks that the markup template escapes what is put into it. */
import { expect, test } from 'vitest'
import { markup } from './markup.ts'

test('text and attributes are escaped, markup is not', () => {
  const name = `<script>"it's" & co</script>`
  const cell = markup`<td title="${name}">${name}</td>`
  expect(cell.source).not.toContain('<script>')
  expect(cell.source).toContain('title="&lt;script&gt;&quot;it&#39;s&quot; &amp; co&lt;/script&gt;"')
  expect(markup`<tr>${cell}</tr>`.source).toBe(`<tr>${cell.source}</tr>`)
})

test('lists are joined and absent values vanish', () => {
  expect(markup`<p>${['a', ['<', undefined], false]}</p>`.source).toBe('<p>a&lt;</p>')
})

test('numbers keep two decimals, and never are NaN', () => {
  expect(markup`${1 / 3} ${20}`.source).toBe('0.33 20')
  expect(() => markup`${Number.NaN}`).toThrow('internal error: a report holds the number NaN')
})

test('characters that XML forbids are replaced', () => {
  expect(markup`${'a\u0000b\ud800c\ud83d\ude00\td'}`.source).toBe('a\ufffdb\ufffdc\ud83d\ude00\td')
})
