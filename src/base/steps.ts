/**
 * @file Long work in steps: written once, as a generator that yields now and then, and done either at once or in many turns of the
 * event loop. The results are the same.
 */
import { breathe } from './breath.ts'

/** Work that pauses at each `yield` and ends with a result. Until the first pause it runs in the caller's turn. */
export type Steps<T> = Generator<undefined, T, undefined>

/** How many bytes are worked on between two pauses: a few milliseconds. */
export const STEP_BYTES = 2 ** 21

/** Without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** With a turn for the event loop at every pause that comes a while after the last. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await breathe()
  }
}
