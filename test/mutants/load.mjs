// ESM loader hooks: give the mutant's file a name of its own, so that no other loader takes it, and load it changed and without its types.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import swc from '@swc/wasm-typescript'
import { mutant, patch } from './patch.mjs'

export async function resolve (specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context)
  return resolved.url.endsWith(`/packages/${mutant?.file}`) ? { ...resolved, url: `${resolved.url}?mutant` } : resolved
}

export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts?mutant')) return nextLoad(url, context)
  const file = fileURLToPath(url.slice(0, -'?mutant'.length))
  const { code } = swc.transformSync(patch(file, await readFile(file, 'utf8')), { mode: 'strip-only', filename: file })
  return { format: 'module', source: code, shortCircuit: true }
}
