/**
 * The recorded sessions of the Go peers (PROTOCOL.md, appendix B): loading them, with payloads that the files cut short made whole again.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { concat, hex } from './bytes.ts'

/** One frame, or scripted bytes, of a scenario. */
export interface VectorEntry {
  readonly seq: number
  readonly from: 'client' | 'server'
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly explanation: string
  /** Written by a Go peer rather than by hand. */
  readonly byGo: boolean
  /** Nobody read it: the other end had closed its socket. */
  readonly unread: boolean
}

interface Line {
  readonly scenario: string
  readonly seq: number
  readonly peers: string
  readonly direction: 'client->server' | 'server->client'
  readonly hex: string
  readonly explanation: string
  readonly bytes?: number
  readonly truncated?: boolean
}

/** All scenarios of one dialect, by name. */
export function loadVectors (wire: 1 | 2): Map<string, VectorEntry[]> {
  const file = new URL(`../vectors/vectors-wire${wire}.json`, import.meta.url)
  const lines = JSON.parse(readFileSync(file, 'utf8')) as Line[] // the file is ours: its shape is asserted by the tests that use it
  const scenarios = new Map<string, VectorEntry[]>()
  for (const line of lines) {
    const entries = scenarios.get(line.scenario) ?? []
    scenarios.set(line.scenario, entries)
    const from = line.direction === 'client->server' ? 'client' : 'server'
    entries.push({
      seq: line.seq,
      from,
      bytes: whole(hex(line.hex), line.bytes),
      explanation: line.explanation,
      byGo: line.peers.includes(from === 'client' ? 'go-client' : 'go-server') || line.peers.startsWith('go <->'),
      unread: line.explanation.includes('nobody reads it')
    })
  }
  return scenarios
}

// Long payloads are cut to the first 1,024 bytes of their frame; they count modulo 251, or repeat one byte.
function whole (cut: Uint8Array<ArrayBuffer>, length: number | undefined): Uint8Array<ArrayBuffer> {
  if (length === undefined || length === cut.length) return cut
  const last = cut[cut.length - 1] ?? 0
  const step = cut[cut.length - 2] === last ? 0 : 1
  return concat([cut, Uint8Array.from({ length: length - cut.length }, (_, at) => (last + step * (at + 1)) % 251)])
}
