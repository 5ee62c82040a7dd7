// Of the inputs in some folders, smallest first, those that make core do something which none before them did, by Jazzer's own counters: an edge
// that is run once, or more often. Prints a line of JSON: their files, and how many edges there are in all.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { initFuzzing, OptionsManager, OptionSource, registerGlobals } from '@jazzer.js/core'
import { registerEsmLoaderHooks } from '@jazzer.js/instrumentor'

const settings = { fuzzTarget: '', includes: ['packages/core/src/'], disableBugDetectors: ['.*'], fuzzerOptions: ['-seed=1'] }
const options = new OptionsManager(OptionSource.DefaultCLIOptions).merge(settings, OptionSource.CommandLineArguments)
registerGlobals(options)
registerEsmLoaderHooks(await initFuzzing(options))
const { targets } = await import('./targets.ts')
const target = targets.find(({ name }) => name === process.env.MUXADO_FUZZ)
const why = await target.start?.()
if (why !== undefined) throw new Error(why)

const counters = globalThis.Fuzzer.coverageTracker.moduleCounters
const seen = new Set()
const files = process.argv.slice(2).flatMap(folder => readdirSync(folder).map(name => join(folder, name))).map(file => ({ file, input: readFileSync(file) }))
const kept = []
for (const { file, input } of files.sort((a, b) => a.input.length - b.input.length || (a.file < b.file ? -1 : 1))) {
  for (const one of counters) one.fill(0)
  try {
    await target.run(Uint8Array.from(input))
  } catch {
    continue
  }
  const before = seen.size
  counters.forEach((one, at) => one.forEach((count, edge) => {
    if (count > 0) seen.add(`${at} ${edge}`)
    if (count > 1) seen.add(`${at} ${edge} again`)
  }))
  if (seen.size > before) kept.push(file)
}
target.stop?.()
console.log(JSON.stringify({ kept, tried: files.length, edges: [...seen].filter(one => !one.endsWith('again')).length, of: counters.reduce((sum, one) => sum + one.length, 0) }))
process.exit(0)
