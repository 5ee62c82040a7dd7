/**
 * Which peers there are. A peer is a driver file, with parameters if the name says so: `muxado@wire=2+window=65536`.
 *
 * @typedef {object} Peer
 * @property {string} name as given
 * @property {string} driver the file's name without `.mjs`
 * @property {string} file
 * @property {Record<string, string | number>} params
 * @property {string} label
 * @property {string} caveat what a reader of the numbers must know
 * @property {readonly ('tcp' | 'ws' | 'mem')[]} kinds
 * @property {Record<string, string>} skip workloads it cannot run, and why
 * @property {Record<string, number>} rounds in a workload, or in any as `most`, if it needs fewer than ours
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// Peers with dependencies of their own live in a folder with its own package.json, so that the project's install stays small.
const folders = ['../drivers/', '../peers/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

const value = (text) => text !== '' && Number.isFinite(Number(text)) ? Number(text) : text

/** @type {(name: string) => string | undefined} */
function findFile (name) {
  const [driver] = name.split('@')
  return folders.map((folder) => path.join(folder, `${driver}.mjs`)).find((candidate) => existsSync(candidate))
}

/** @type {(name: string) => boolean} whether there is such a peer */
export const isPeer = (name) => findFile(name) !== undefined

/** @type {(name: string) => string} */
function fileOf (name) {
  const file = findFile(name)
  if (file === undefined) throw new Error(`no driver for '${name}' in bench/drivers or bench/peers`)
  return file
}

/** @type {(name: string) => boolean} whether it needs what bench/package.json names */
export const needsInstall = (name) => fileOf(name).startsWith(folders[1])

/** @type {(name: string) => Promise<Peer>} */
export async function loadPeer (name) {
  const [driver, given = ''] = name.split('@')
  const file = fileOf(name)
  const params = Object.fromEntries(given.split('+').filter((pair) => pair !== '').map((pair) => {
    const [key, text = 'true'] = pair.split('=')
    return [key, value(text)]
  }))
  const { label = driver, caveat = '', kinds = ['tcp'], skip = {}, rounds = {} } = await import(pathToFileURL(file).href)
  return { name, driver, file, params, label, caveat, kinds, skip, rounds }
}

/** @type {(peer: Peer, name: string, workload: import('./workloads.mjs').Workload) => string | undefined} why this peer does not run that workload */
export function skipped (peer, name, { kind, peers }) {
  if (kind === 'solo') return peers.includes(peer.name) || peer.driver === 'muxado' ? undefined : 'has nothing to measure there'
  if (!peer.kinds.includes(kind)) return `does not run over ${kind}`
  return peer.skip[name]
}
