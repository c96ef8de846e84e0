/** @file The debugging ladder's switches. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { debug, flags, setFlagsFrom } from './flags.ts'

const standard = { ...flags }
afterEach(() => void Object.assign(flags, standard))

describe('setFlagsFrom', () => {
  it.each([
    [{}, 0, false],
    [{ DEBUG: '4', CHECK: '1' }, 4, true],
    [{ DEBUG: '6' }, 6, false],
    [{ DEBUG: 'express:*' }, 0, false],
    [{ DEBUG: '7', CHECK: 'yes' }, 0, false],
    [{ DEBUG: '1.5' }, 0, false],
  ])('%j', (env, level, check) => {
    setFlagsFrom((name) => (env as Record<string, string>)[name])
    expect([flags.debug, flags.check]).toEqual([level, check])
  })
})

describe('debug', () => {
  it('makes and prints a text only on its rung and above', () => {
    const print = vi.fn()
    const text = vi.fn(() => 'a plan')
    Object.assign(flags, { print, debug: 3 })
    debug(4, text)
    expect(text).not.toHaveBeenCalled()
    debug(3, text)
    expect(print.mock.calls).toEqual([['a plan']])
  })
})
