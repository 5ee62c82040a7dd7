// Runs the examples as a user would, and compares what they print last with what they promise.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { find } from '../../browser/find.ts'
import { launch } from '../../browser/launch.ts'

const TIMEOUT_MS = 60_000
let bad = 0

for (const name of ['two-nodes.mjs', 'browser.mjs']) {
  const file = fileURLToPath(new URL(name, import.meta.url))
  const promise = /^\/\/ prints: (.+)$/.exec(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1))[1]
  const pattern = new RegExp(`^${promise.split('...').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
  const program = name === 'browser.mjs' ? find('chromium') : undefined
  if (name === 'browser.mjs' && program === undefined) {
    console.log(`SKIPPED: ${name}: no chromium here`)
    if (process.env.CI) bad++
    continue
  }
  const child = spawn(process.execPath, [...process.execArgv, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let browser
  const kept = await new Promise(resolve => {
    const timer = setTimeout(() => { resolve(false) }, TIMEOUT_MS)
    child.on('close', () => { resolve(pattern.test(output.trimEnd().split('\n').at(-1))); clearTimeout(timer) })
    child.stdout.setEncoding('utf8').on('data', data => {
      output += data
      const url = /^open (\S+)\n/m.exec(output)?.[1]
      if (program !== undefined && url !== undefined) browser ??= launch('chromium', program, url)
      // the one for browsers stays up for the next page
      if (program !== undefined && output.endsWith('\n') && pattern.test(output.trimEnd().split('\n').at(-1))) child.kill()
    })
  })
  if (child.exitCode === null) child.kill()
  await browser?.close()
  console.log(`${kept ? 'ok  ' : 'FAIL'}  ${name}\n${output.trimEnd().replace(/^/gm, '      ')}`)
  if (!kept) bad++
}
console.log(bad === 0 ? 'examples: all as promised' : `examples: ${bad} not as promised`)
process.exit(bad === 0 ? 0 : 1)
