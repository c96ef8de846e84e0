/** @file A terminal for tests: remembers what was written to it. */
import { Terminal } from './terminal.ts'

export class FakeTerminal extends Terminal {
  readonly out: string[]
  readonly err: string[]

  constructor({ isTTY = false, columns = 80, color = false } = {}) {
    const stream = (texts: string[]) => ({
      isTTY,
      columns,
      hasColors: () => color,
      write: (text: string | Uint8Array) => texts.push(String(text)) > 0,
    })
    const out: string[] = []
    const err: string[] = []
    super(stream(out), stream(err))
    this.out = out
    this.err = err
  }
}
