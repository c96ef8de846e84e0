/** @file What was left out of a file, in lines for the user. */
import { oneLine } from '../base/errors.ts'

/** Where a file's objects are rebuilt: its name for messages, and what there is to say about it afterwards. */
export class Notes {
  /** The name of the file. */
  readonly what: string
  readonly lines: string[] = []

  constructor(what: string) {
    this.what = what
  }

  /** Something was left out that the user should know of; each line once. */
  add(line: string): void {
    const full = oneLine(`${this.what}: ${line}`)
    if (!this.lines.includes(full)) this.lines.push(full)
  }
}
