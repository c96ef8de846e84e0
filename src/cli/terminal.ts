/**
 * @file Where the command line writes: results and progress to stdout; what went wrong, or not as one might think, to stderr.
 * In colour only where the stream shows colours (pipes and NO_COLOR switch them off).
 */
import pc from 'picocolors'
import { StreamScreen, showsColors, type TextStream } from '../node-screen.ts'

type Colors = ReturnType<typeof pc.createColors>

export class Terminal extends StreamScreen {
  /** Colours for stdout; they leave the text as it is where none are shown. */
  readonly colors: Colors
  /** The same for stderr. */
  readonly errorColors: Colors
  readonly #errors: TextStream
  readonly #results: TextStream

  readonly #width: number | undefined

  /**
   * @param width characters of a line, whatever the stream says
   * @param results where `writeResult` writes
   */
  constructor(out: TextStream, errors: TextStream, width?: number, results: TextStream = out) {
    super(out, errors, width)
    this.#width = width
    this.colors = pc.createColors(this.color)
    this.#errors = errors
    this.#results = results
    this.errorColors = pc.createColors(showsColors(errors))
  }

  /** One that says everything on stderr, so that results alone are on stdout. */
  apart(): Terminal {
    return new Terminal(this.#errors, this.#errors, this.#width, this.#results)
  }

  /** JSON for programs. */
  writeResult(text: string): void {
    this.endDrawing()
    // In JSON these are the same texts; a terminal would obey them.
    this.#results.write(text.replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, escaped))
  }

  /**
   * Breaks a text for stdout into lines that fit, without cutting words. What goes into a file or pipe stays one line.
   * @param indent columns before each line
   */
  wrap(text: string, indent = 0): string {
    const margin = ' '.repeat(indent)
    if (!this.interactive) return margin + text
    const lines = wrapped(text, this.columns - indent)
    return margin + lines.replaceAll('\n', `\n${margin}`)
  }

  override warn(text: string): void {
    this.#complain('warning:', this.errorColors.yellow, text)
  }

  /** Why it ends here. */
  fail(text: string): void {
    this.#complain('separable:', this.errorColors.red, text)
  }

  #complain(title: string, color: (text: string) => string, text: string): void {
    const line = `${title} ${text}`
    const shown = this.#errors.isTTY ? wrapped(line, this.#errors.columns || this.columns) : line
    this.writeError(`${color(title)}${shown.slice(title.length)}\n`)
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Lines of at most so many characters, where no word alone is longer. */
function wrapped(text: string, columns: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line && line.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = line ? `${line} ${word}` : word
  }
  return lines.join('\n')
}
