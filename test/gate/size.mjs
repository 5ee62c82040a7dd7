// What a browser application pays for the packages: bundled by name as an application would, minified, gzipped. `platform: neutral` also fails
// the bundle on any module of a runtime.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { json } from './files.mjs'
import { finish, root, values } from './report.mjs'

const budgets = [
  { names: ['@muxado/core'], limit: 8192 },
  { names: ['@muxado/core', '@muxado/session'], limit: 14336 },
  // what a page imports; the mark is 12,288
  { names: ['@muxado/websocket'], only: 'connect', limit: 17664 }
]

/** Our packages' names lead to the sources of the tree that is checked, as their exports say. */
const ours = {
  name: 'muxado',
  setup: ({ onResolve }) => onResolve({ filter: /^@muxado\// }, ({ path }) => {
    const [, room, ...inner] = path.split('/')
    const to = json(root, `packages/${room}/package.json`).exports?.[['.', ...inner].join('/')]?.['muxado-source']
    return to === undefined ? { errors: [{ text: `packages/${room}/package.json exports no ${path}` }] } : { path: join(root, 'packages', room, to), sideEffects: false }
  })
}

/** What each package adds: its minified bytes, and its share of the gzipped ones. */
function tell (title, size, minified, parts) {
  const rooms = new Map()
  for (const { file, bytes } of parts) {
    const room = /(?:node_modules|packages)\/([^/]+)/.exec(file)?.[1] ?? 'entry'
    rooms.set(room, (rooms.get(room) ?? 0) + bytes)
  }
  console.log(`${title}: ${minified} B minified, ${size} B gzipped`)
  for (const [room, bytes] of [...rooms].sort(([, a], [, b]) => b - a)) {
    if (bytes > 0) console.log(`  ${String(bytes).padStart(6)} B  about ${String(Math.round(bytes / minified * size)).padStart(5)} B  ${room}`)
  }
}

const problems = []
const measured = []
for (const { names, only = '*', limit } of budgets) {
  const title = names.map(name => name.slice(8)).join(' + ') + (only === '*' ? '' : `'s ${only}`)
  if (names.some(name => !existsSync(join(root, 'packages', name.slice(8), 'src/index.ts')))) {
    problems.push(`${title}: has no src/index.ts`)
    continue
  }
  let result
  try {
    result = await build({
      stdin: { contents: names.map(name => `export ${only === '*' ? only : `{ ${only} }`} from '${name}'`).join('\n'), resolveDir: join(root, 'packages', names.at(-1).slice(8)), loader: 'js' },
      plugins: [ours],
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
  if (values.parts) tell(title, size, bundle.byteLength, parts)
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
