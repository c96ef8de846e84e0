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

  constructor(out: TextStream, errors: TextStream) {
    super(out, errors)
    this.colors = pc.createColors(this.color)
    this.errorColors = pc.createColors(showsColors(errors))
  }

  /** Breaks a text into lines that fit, without cutting words. What goes into a file or pipe stays one line. */
  wrap(text: string): string {
    if (!this.interactive) return text
    const lines = ['']
    for (const word of text.split(' ')) {
      const line = lines.at(-1) as string
      if (line && line.length + 1 + word.length > this.columns) lines.push(word)
      else lines[lines.length - 1] = line ? `${line} ${word}` : word
    }
    return lines.join('\n')
  }

  override warn(text: string): void {
    this.writeError(`${this.errorColors.yellow('warning:')} ${text}\n`)
  }

  /** A line about why it ends here. */
  fail(text: string): void {
    this.writeError(`${this.errorColors.red('separable:')} ${text}\n`)
  }
}
