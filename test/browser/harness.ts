/** @file Runs modules in pages of headless Chromium, with the built library at hand, and opens files as pages. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../scripts/lib/browser.mjs'
import { servePage } from '../../scripts/lib/page-server.mjs'

/** The built library; `/dist/` in a page. */
export const DIST = join(dirname(fileURLToPath(import.meta.url)), '../../dist')

export interface PageOptions {
  /** Whether the page is cross-origin isolated, so that threads can share memory; true by default. */
  isolated?: boolean
  /** The page's Content-Security-Policy; none by default. */
  policy?: string
  /** The path of a file that the server does not have. */
  missing?: string
  /** Errors that the page is to log; none by default. */
  expected?: RegExp
}

export interface TestBrowser {
  /**
   * Runs `moduleSource`, an ES module that exports a function `run`, and resolves with the JSON value `run` returns. It
   * finds the built library under `/dist/`, e.g. `import { model } from '/dist/web.js'`.
   * @throws what the page threw, and what it logged as errors
   */
  runInPage(moduleSource: string, options?: PageOptions): Promise<unknown>
  /** Serves a folder, opens its index.html, and resolves with the JSON value that `window.result` promises there. */
  runApp(folder: string, options?: PageOptions): Promise<unknown>
  /**
   * Opens a file as a page, as a double click does, and lets `use` work with it.
   * @throws what `use` or the page threw, and what the page logged as errors
   */
  openFile<T>(path: string, use: (page: Page) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Starts a headless browser; close it when done. */
export async function openBrowser(executablePath: string): Promise<TestBrowser> {
  const browser = await launchBrowser(executablePath)
  return {
    runInPage: (moduleSource, options = {}) => runInPage(browser, moduleSource, options),
    runApp: async (folder, { isolated = true } = {}) => {
      const server = await servePage({ folders: { '/': folder }, isolated })
      return withPage(browser, `${server.origin}/index.html`, (page) => page.evaluate('result')).finally(server.close)
    },
    openFile: (path, use) => withPage(browser, pathToFileURL(path).href, use),
    close: () => browser.close(),
  }
}

async function runInPage(browser: Browser, moduleSource: string, options: PageOptions): Promise<unknown> {
  const { isolated = true, expected, ...serving } = options
  const contents = { texts: { '/module.js': moduleSource }, folders: { '/dist/': DIST } }
  const server = await servePage({ ...contents, isolated, ...serving })
  const run = "import('/module.js').then((module) => module.run())"
  try {
    return await withPage(browser, server.origin, (page) => page.evaluate(run), expected)
  } finally {
    await server.close()
  }
}

async function withPage<T>(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<T>,
  expected?: RegExp,
): Promise<T> {
  const page = await browser.newPage()
  const errors = collectErrors(page, expected)
  try {
    await page.goto(url)
    const value = await use(page)
    if (errors.length > 0) throw new Error('the page logged errors')
    return value
  } catch (error) {
    throw new Error([(error as Error).message, ...errors].join('\n  '), { cause: error })
  } finally {
    await page.close()
  }
}

function collectErrors(page: Page, expected?: RegExp): string[] {
  const errors: string[] = []
  const note = (text: string) => {
    if (!expected?.test(text)) errors.push(text)
  }
  page.on('pageerror', (error) => note(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`)
  })
  return errors
}
