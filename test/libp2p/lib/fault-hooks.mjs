// ESM loader hooks that put one fault into our sources as they are loaded. Knows no fault: they are in faults.mjs.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import swc from '@swc/wasm-typescript'

let edits = []

export function initialize (data) {
  edits = data
}

export async function load (url, context, nextLoad) {
  const mine = edits.filter(({ file }) => url.endsWith(`/packages/libp2p/src/${file}`))
  if (mine.length === 0) return nextLoad(url, context)
  let source = await readFile(fileURLToPath(url), 'utf8')
  for (const { file, from, to } of mine) {
    if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`)
    source = source.replace(from, () => to)
  }
  return { format: 'module', source: swc.transformSync(source, { mode: 'strip-only', filename: url }).code, shortCircuit: true }
}
