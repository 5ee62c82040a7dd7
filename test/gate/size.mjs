// What a browser application pays for the packages: bundled by name as an application would, minified, gzipped. `platform: neutral` also fails
// the bundle on any module of a runtime.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { finish, root } from './report.mjs'

const budgets = [
  { names: ['@muxado/core'], limit: 8192 },
  { names: ['@muxado/core', '@muxado/session'], limit: 14336 }
]

const problems = []
const measured = []
for (const { names, limit } of budgets) {
  const title = names.map(name => name.slice(8)).join(' + ')
  if (names.some(name => !existsSync(join(root, 'packages', name.slice(8), 'src/index.ts')))) {
    problems.push(`${title}: has no src/index.ts`)
    continue
  }
  let result
  try {
    result = await build({
      stdin: { contents: names.map(name => `export * from '${name}'`).join('\n'), resolveDir: join(root, 'packages', names.at(-1).slice(8)), loader: 'js' },
      // a package cannot import itself through node_modules in a copy of the tree, so names lead straight to the sources
      alias: Object.fromEntries(names.map(name => [name, join(root, 'packages', name.slice(8), 'src/index.ts')])),
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      logLevel: 'silent',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      format: 'esm',
      target: 'es2022',
      conditions: ['muxado-source', 'import']
    })
  } catch (error) {
    problems.push(`${title}: does not bundle: ${error.errors?.map(e => `${e.location?.file ?? ''}: ${e.text}`).join('; ') ?? error.message}`)
    continue
  }
  const bundle = result.outputFiles[0].contents
  const size = gzipSync(bundle, { level: 9 }).byteLength
  const parts = Object.entries(Object.values(result.metafile.outputs)[0].inputs).map(([file, { bytesInOutput }]) => ({ file, bytes: bytesInOutput }))
  if (names.length === 1 && names[0] === '@muxado/core') {
    for (const { file } of parts) if (file.includes('node_modules')) problems.push(`core: pulls in ${file}`)
  }
  measured.push({ title, size, limit })
  if (bundle.byteLength < 500) problems.push(`${title}: only ${bundle.byteLength} B, it exports next to nothing`)
  if (size > limit) {
    problems.push(`${title}: ${size} B gzipped, ${size - limit} B over its ${limit} B (minified ${bundle.byteLength} B). Largest, minified:`)
    for (const { file, bytes } of parts.sort((a, b) => b.bytes - a.bytes).slice(0, 8)) problems.push(`  ${String(bytes).padStart(6)} B  ${file}`)
  }
}

finish({
  checked: measured.length,
  what: `bundles: ${measured.map(({ title, size, limit }) => `${title} ${size} of ${limit} B`).join(', ')}`,
  problems,
  remedy: 'make the largest files smaller, or move what not everybody needs behind an export that can be left out.'
})
