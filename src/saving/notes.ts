/** @file What was left out of a file, in lines for the user. */
import { oneLine } from '../base/errors.ts'

/** Where a file's objects are rebuilt: its name for messages, and what there is to say about it afterwards. */
export class Notes {
  /** The name of the file. */
  readonly what: string
  readonly #lines: string[] = []
  /** Arguments that were left out, and of which layers. */
  readonly #leftOut = new Map<string, string[]>()

  constructor(what: string) {
    this.what = what
  }

  /** Something that the user should know. */
  add(line: string): void {
    this.#lines.push(line)
  }

  /** An argument of a layer is not known here. Layers that share it share a line. */
  leaveOut(argument: string, owner: string, effect: 'training' | 'unknown'): void {
    const reason = `${argument} is not known here and was left out${effect === 'training' ? ' (predictions do not change)' : ''}`
    this.#leftOut.set(reason, [...(this.#leftOut.get(reason) ?? []), owner])
  }

  /** One line for each kind of note. */
  get lines(): string[] {
    const leftOut = [...this.#leftOut].map(([reason, owners]) => `${reason}: ${few(owners)}`)
    return [...this.#lines, ...leftOut].map((line) => oneLine(`${this.what}: ${line}`))
  }
}

/** `conv2d, conv2d_1, conv2d_2 and 6 more` */
function few(owners: readonly string[]): string {
  const shown = owners.slice(0, 3).join(', ')
  return owners.length > 3 ? `${shown} and ${owners.length - 3} more` : shown
}
