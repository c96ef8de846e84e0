/**
 * @file Turns for the event loop, so that timers, input and other work have theirs although much is computed on this thread:
 * one breath is taken when there was none for a while.
 */

/** Longer than this in one go, which is less than a frame, and a page or a server would feel it. */
const BREATH_MS = 12

let last = Number.NEGATIVE_INFINITY

/** Gives the event loop a turn, unless it had one a moment ago. */
export async function breathe(): Promise<void> {
  const since = performance.now() - last
  if (since >= 0 && since < BREATH_MS) return
  await new Promise<void>((resolve) => soon(resolve))
  last = performance.now()
}

/** The event loop has just had a turn. */
export function breathed(): void {
  last = performance.now()
}

/** After the events that wait already. Timers would wait at least 1 ms in Node, and 4 ms in browsers. */
const soon: (call: () => void) => void = typeof setImmediate === 'function' ? setImmediate : afterMessage()

function afterMessage(): (call: () => void) => void {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return (call) => {
    waiting.push(call)
    port2.postMessage(undefined)
  }
}
