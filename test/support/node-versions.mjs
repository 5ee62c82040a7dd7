// Other versions of Node, from npm, once, into .build/nodes. Knows nothing of tests.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const system = process.platform === 'win32' ? 'win' : process.platform

/** The binary of Node `major` as `node`, or a word about why there is none as `why`. */
export function findNode (major) {
  if (process.versions.node.startsWith(`${major}.`)) return { node: process.execPath }
  const name = `node-${system}-${process.arch}`
  const dir = join('.build/nodes', major)
  const node = join(process.cwd(), dir, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'package.json'), '{ "private": true }')
    const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', `${name}@${major}`], { cwd: dir, encoding: 'utf8', shell: process.platform === 'win32' })
    if (npm.status !== 0 || !existsSync(node)) return { why: (npm.stderr ?? '').trim().split('\n')[0] || `npm has no ${name}@${major}` }
  }
  return { node }
}

// `node test/support/node-versions.mjs 24` prints where it is, for commands that may not import from here.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { node, why } = findNode(process.argv[2])
  if (node === undefined) {
    console.error(why)
    process.exitCode = 1
  } else {
    console.log(node)
  }
}
