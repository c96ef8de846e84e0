/** @file Runs before each file of the fast tests: they share processes, and what is global begins as in a new one. */
import { vi } from 'vitest'
import { flags } from '../src/base/flags.ts'
import { setPlatform } from '../src/base/platform.ts'
import { resetNames } from '../src/nn/names.ts'
import { setRandomSeed } from '../src/nn/random-state.ts'
import { configure, setEngineFactory, setScreen } from '../src/train/environment.ts'

vi.restoreAllMocks()
Object.assign(flags, { debug: 0, check: false })
setPlatform(undefined)
setScreen(undefined)
setEngineFactory(undefined)
configure({})
resetNames()
setRandomSeed(0)
