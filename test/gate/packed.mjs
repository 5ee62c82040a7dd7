// What each package weighs: as npm sends it, and unpacked in node_modules. It grows by decision, not by a file that nobody meant to publish.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { json, packages } from './files.mjs'
import { finish, root } from './report.mjs'

/** KiB, packed and unpacked; some tenth above what they weigh. Sources, built modules, declarations and both kinds of maps are all in. */
const limits = {
  core: [74, 310],
  session: [53, 215],
  node: [52, 205],
  deno: [40, 150],
  websocket: [67, 272],
  libp2p: [57, 250],
  tunnel: [185, 710],
  conformance: [145, 710]
}

const problems = []
const weighed = []
const published = packages(root).filter(room => json(root, `packages/${room}/package.json`).private !== true)
for (const room of published) if (!existsSync(join(root, 'packages', room, 'dist'))) problems.push(`packages/${room}: is not built (npm run build)`)
const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error', ...published.map(room => `--workspace=packages/${room}`)]
const { status, stdout, stderr } = published.length === 0 ? { status: 0, stdout: '[]' } : spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
if (status !== 0) problems.push(`npm pack failed: ${stderr.trim()}`)

console.log('package      files   packed, limit   unpacked, limit   KiB')
for (const { name, size, unpackedSize, files } of status === 0 ? JSON.parse(stdout) : []) {
  const room = name.slice(8)
  const kib = bytes => (bytes / 1024).toFixed(1)
  const cells = [size, unpackedSize].map((bytes, i) => `${kib(bytes).padStart(8)}${String(limits[room]?.[i] ?? '').padStart(7)}`)
  console.log(`${room.padEnd(12)} ${String(files.length).padStart(5)} ${cells[0]}  ${cells[1]}`)
  weighed.push(`${room} ${kib(size)}`)
  if (limits[room] === undefined) {
    problems.push(`packages/${room}: has no limit in test/gate/packed.mjs`)
    continue
  }
  const [packed, unpacked] = limits[room]
  const largest = [...files].sort((a, b) => b.size - a.size).slice(0, 4).map(file => `${file.path} ${kib(file.size)}`).join(', ')
  if (size > packed * 1024) problems.push(`packages/${room}: ${kib(size)} KiB packed, limit ${packed}. Largest: ${largest}`)
  if (unpackedSize > unpacked * 1024) problems.push(`packages/${room}: ${kib(unpackedSize)} KiB unpacked, limit ${unpacked}. Largest: ${largest}`)
}

finish({
  checked: weighed.length,
  what: `packages, KiB packed: ${weighed.join(', ')}`,
  problems,
  remedy: 'leave out what is not needed ("files" in package.json), or raise the limit in test/gate/packed.mjs and say why in the commit.'
})
