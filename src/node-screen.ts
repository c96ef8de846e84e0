/** @file A stream of Node as a place for progress bars. */
import type { WriteStream } from 'node:tty'
import { printable } from './base/errors.ts'
import type { Screen } from './train/environment.ts'

/** A terminal, or anything that text can be written to. */
export type TextStream = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>>

const CLEAR_LINE = '\r\u001b[K'

/** Bold, dim and the usual colours, and back: all that this library itself sends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what this is about
const STYLES = /(\u001b\[(?:0|1|2|22|3[0-79]|9[0-7])m)/

/**
 * What goes to a terminal may hold texts of files, wherever it comes from: all that is sent passes here. Line breaks stay and,
 * where colours show, styles.
 */
function harmless(text: string, color: boolean): string {
  const clean = (part: string) => part.split('\n').map(printable).join('\n')
  if (!color) return clean(text)
  return text
    .split(STYLES)
    .map((part) => (STYLES.test(part) ? part : clean(part)))
    .join('')
}

export class StreamScreen implements Screen {
  readonly color: boolean
  readonly #stream: TextStream
  readonly #errors: TextStream
  readonly #width: number | undefined
  /** A line that is being redrawn stands unfinished on the terminal. */
  #drawing = false

  /**
   * @param errors where warnings go
   * @param width characters of a line, whatever the stream says
   */
  constructor(stream: TextStream, errors: TextStream, width?: number) {
    this.#stream = stream
    this.#width = width
    this.#errors = errors
    this.color = showsColors(stream)
  }

  get interactive(): boolean {
    return this.#stream.isTTY ?? false
  }

  get columns(): number {
    return this.#width ?? (this.#stream.columns || 80) // some terminals do not know, and say 0
  }

  /** Characters that a line of a table may have: any number where nobody looks at it, in a file or pipe. */
  get tableColumns(): number {
    return this.interactive || this.#width !== undefined ? this.columns : Number.POSITIVE_INFINITY
  }

  print(line: string): void {
    this.write(`${line}\n`)
  }

  warn(line: string): void {
    this.writeError(`warning: ${line}\n`)
  }

  /** Text to stderr as it is. */
  writeError(text: string): void {
    this.endDrawing()
    this.#errors.write(harmless(text, showsColors(this.#errors)))
  }

  /** Text as it is, after the line that was drawn last. */
  write(text: string): void {
    this.endDrawing()
    this.#stream.write(harmless(text, this.color))
  }

  draw(line: string): void {
    this.#stream.write(CLEAR_LINE + harmless(line, this.color))
    this.#drawing = true
  }

  endDrawing(): void {
    if (this.#drawing) this.#stream.write('\n')
    this.#drawing = false
  }
}

/** Node knows NO_COLOR, FORCE_COLOR and what terminals can do. */
export function showsColors(stream: TextStream): boolean {
  return Boolean(stream.isTTY && stream.hasColors?.())
}
