/**
 * @file `npm run check`: what each commit passes. Format, types, layering and unused exports are checked side by side, then the
 * fast tests run. What a stage prints appears when it ends; the exit code is 1 when any of them failed.
 */
import { spawn } from 'node:child_process'

const SIDE_BY_SIDE = ['lint', 'types', 'layers', 'unused']

/** @param {string} stage a script of package.json @param {'inherit' | 'pipe'} stdio @returns {Promise<boolean>} whether it passed */
function run(stage, stdio) {
  const start = performance.now()
  const child = spawn('npm', ['run', '--silent', stage], {
    stdio: ['ignore', stdio, stdio],
    shell: process.platform === 'win32',
  })
  /** @type {Buffer[]} */
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => output.push(data))
  return new Promise((resolve) => {
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(output))
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      console.log(`${stage}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
      resolve(code === 0)
    })
  })
}

const passed = await Promise.all(SIDE_BY_SIDE.map((stage) => run(stage, 'pipe')))
if (passed.includes(false) || !(await run('test:fast', 'inherit'))) process.exitCode = 1
