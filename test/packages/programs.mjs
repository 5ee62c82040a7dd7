// Which programs use which package, and what a user installs beside it. Each echoes over a session and prints `echo: hello` last.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { here, published, tarball, withNeeds } from './lib.mjs'

const node = '@types/node@20.19.43'

/**
 * `runtime`: what runs it, if not Node. `others` and `beside`: what is installed with it, of ours and not. `types`: global types of the program; without any
 * it has those of a page. `external`: what bundlers leave out: esbuild, which wraps a binary, and ws, whose optional parts Vite replaces by empty ones.
 */
export const programs = [
  { room: 'core', file: 'core.ts' },
  { room: 'session', file: 'session.ts' },
  { room: 'node', file: 'node.ts', beside: [node], types: ['node'] },
  { room: 'deno', file: 'deno.ts', runtime: 'deno' },
  { room: 'websocket', file: 'websocket.ts', beside: [node, 'ws@8.23.0'], types: ['node'], external: ['ws'] },
  { room: 'websocket', file: 'websocket.page.ts', runtime: 'page' },
  { room: 'websocket', file: 'websocket.deno.ts', runtime: 'deno' },
  { room: 'websocket', file: 'websocket.bun.ts', runtime: 'bun' },
  { room: 'websocket', file: 'websocket.workers.ts' },
  { room: 'libp2p', file: 'libp2p.ts', beside: ['@libp2p/utils@7.4.1', node], types: ['node'] },
  { room: 'libp2p', file: 'libp2p.it.ts', beside: [node], types: ['node'] },
  { room: 'conformance', file: 'conformance.ts', others: ['node'], beside: [node], types: ['node'] },
  { room: 'tunnel', file: 'tunnel.ts', beside: [node], types: ['node'], external: ['esbuild', 'ws'] },
  { room: 'tunnel', file: 'tunnel.page.ts', beside: [node], types: ['node'], external: ['esbuild', 'ws'] }
]

export const source = file => readFileSync(join(here, 'programs', file), 'utf8')

/** What is wrong with how an echo ended, or undefined. */
export const wrong = ({ status, output }) => status === 0 && output.trimEnd().endsWith('echo: hello') ? undefined : `exit ${status}:\n${output}`

/** Entries of packages that no program imports. */
export function unused () {
  const imported = new Set(programs.flatMap(({ file }) => [...source(file).matchAll(/ from '(@muxado\/[^']+)'/g)].map(m => m[1])))
  return published().flatMap(({ manifest }) => Object.keys(manifest.exports).map(entry => manifest.name + entry.slice(1))).filter(name => !imported.has(name))
}

/** What to tell npm to install for the programs of `room`: our tarballs, and the rest. */
export function installs (room) {
  const own = programs.filter(program => program.room === room)
  const ours = [room, ...own.flatMap(({ others = [] }) => others)].flatMap(withNeeds)
  return [...new Set([...ours.map(({ manifest }) => tarball(manifest)), ...own.flatMap(({ beside = [] }) => beside)])]
}
