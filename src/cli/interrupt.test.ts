/** @file Tests of ending early. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { interruptible } from './interrupt.ts'
import { FakeTerminal } from './testing.ts'

const pressCtrlC = () => process.emit('SIGINT', 'SIGINT')
const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('interruptible', () => {
  it('lets work end that nobody interrupts, and its errors through', async () => {
    const terminal = new FakeTerminal()
    await interruptible(terminal, async (signal) => expect(signal.aborted).toBe(false))
    await expect(interruptible(terminal, () => Promise.reject(new Error('oh')))).rejects.toThrow('oh')
    expect(terminal.err).toEqual([])
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('aborts at the first Ctrl-C, waits for the end, and then asks for exit code 130', async () => {
    const terminal = new FakeTerminal()
    let reported = false
    const work = interruptible(terminal, async (signal) => {
      setTimeout(pressCtrlC)
      await aborted(signal)
      reported = true
    })
    await expect(work).rejects.toMatchObject({ exitCode: 130, code: 'separable.interrupted' })
    expect(reported).toBe(true)
    expect(terminal.err).toEqual(['warning: interrupted: ending after the present step; Ctrl-C again stops at once\n'])
  })

  it('takes the error of aborted work for its end, but no other error', async () => {
    const work = (error?: Error) =>
      interruptible(new FakeTerminal(), async (signal) => {
        pressCtrlC()
        throw error ?? signal.reason
      })
    await expect(work()).rejects.toMatchObject({ exitCode: 130 })
    await expect(work(new Error('disk full'))).rejects.toThrow('disk full')
  })

  it('ends the process at the second Ctrl-C, but does not count one key press twice', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000)
    const work = interruptible(new FakeTerminal(), async () => {
      pressCtrlC()
      pressCtrlC()
      expect(exit).not.toHaveBeenCalled()
      now.mockReturnValue(1500)
      pressCtrlC()
      expect(exit).toHaveBeenCalledWith(130)
    })
    await expect(work).rejects.toMatchObject({ exitCode: 130 })
  })
})
