/**
 * @file Escaping by construction: a tagged template that builds SVG and HTML text. Everything that is put into it is
 * escaped unless it is itself `Markup`, so no name that comes from data can break out of a report.
 */
import { invariant } from '../base/errors.ts'

/** Text that already is well-formed markup. */
export class Markup {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** What a template may hold: absent values vanish, lists are joined, numbers keep two decimals. */
export type Content = string | number | Markup | false | undefined | readonly Content[]

/** `` markup`<td>${name}</td>` ``. Attribute values must stand in double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < values.length ? write(values[i]) : '')).join(''))
}

function write(value: Content): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.source
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') {
    invariant(Number.isFinite(value), `a report holds the number ${value}`)
    return String(Math.round(value * 100) / 100)
  }
  return value.map(write).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids these characters even when escaped, and halves of pairs
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu

function escapeText(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
