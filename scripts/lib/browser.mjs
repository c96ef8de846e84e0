/** @file Finds and starts headless Chromium for the browser tests and the bench. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

/** Without them Chromium looks for its maker's hosts at every start. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic']

/** @returns {string | undefined} the executable named by CHROMIUM, or else the first browser on the PATH */
export function findBrowser() {
  const named = process.env.CHROMIUM
  if (named) return existsSync(named) ? named : undefined
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return names.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim()).find(Boolean)
}

/** @param {string} executablePath */
export function launchBrowser(executablePath) {
  return chromium.launch({ executablePath, args: QUIET })
}
