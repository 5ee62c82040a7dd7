/**
 * What the project promises about its speed, and whether a document of runs keeps it. Ratios within one run, but for memory and sizes.
 *
 * @typedef {object} Mark
 * @property {string} workload
 * @property {RegExp} of which of ours
 * @property {string} [figure] `value` unless said; see summary.mjs
 * @property {string} [against] a peer, or `peers` for every one that is neither ours nor a bare pipe
 * @property {number} [least]
 * @property {number} [most]
 * @property {boolean} [times] the figure is a ratio by itself
 * @property {string} text what the bound is of
 */
import { number, ratio } from './table.mjs'

const ANY = /^muxado/
const WIRE1 = /^muxado(-direct)?$/
const WIRE2 = /^muxado(-direct)?@wire=2$/
const ITERATED = /^muxado(@|$)/
const DIRECT = /^muxado-direct/
const OURS_OR_BARE = /^(muxado|raw)/

const bulk = (workload) => [
  { workload, of: WIRE2, against: 'raw', least: 0.95, text: 'wire 2, of the bare socket' },
  { workload, of: WIRE2, against: 'http2', least: 1.15, text: 'wire 2, of http2' },
  { workload, of: WIRE1, against: 'raw', least: 0.8, text: 'wire 1, of the bare socket' }
]

/** @type {Mark[]} */
export const MARKS = [
  ...bulk('W1'), ...bulk('W1L'),
  { workload: 'W2', of: ANY, against: 'raw', least: 0.9, text: 'of the bare socket' },
  { workload: 'W2', of: ANY, against: 'peers', least: 1, text: 'of the best peer' },
  { workload: 'W3a', of: ANY, against: 'http2', least: 2.5, text: 'streams a second, of http2' },
  { workload: 'W3a', of: ANY, figure: 'cpu', against: 'http2', most: 0.35, text: 'CPU a stream, of http2' },
  { workload: 'W3b', of: DIRECT, against: 'http2', least: 10, text: 'direct, of http2' },
  { workload: 'W3b', of: DIRECT, against: 'yamux8', least: 10, text: 'direct, of yamux 8' },
  { workload: 'W3b', of: ITERATED, against: 'http2', least: 4, text: 'iterated, of http2' },
  { workload: 'W3b', of: ITERATED, against: 'yamux8', least: 4, text: 'iterated, of yamux 8' },
  { workload: 'W4', of: ANY, figure: 'p50', against: 'http2', most: 2, text: 'p50, of http2' },
  { workload: 'W4', of: ANY, figure: 'p99', against: 'http2', most: 1, text: 'p99, of http2' },
  { workload: 'W4', of: ANY, figure: 'bulkRate', against: 'http2', least: 1, text: 'bulk meanwhile, of http2' },
  { workload: 'W4u', of: ANY, figure: 'p50', against: 'http2', most: 1, text: 'p50, of http2' },
  { workload: 'W4u', of: ANY, figure: 'p99', against: 'http2', most: 1, text: 'p99, of http2' },
  { workload: 'W4u', of: ANY, figure: 'bulkRate', against: 'http2', least: 1, text: 'bulk meanwhile, of http2' },
  { workload: 'W5', of: ANY, most: 700, text: 'bytes a stream and side' },
  { workload: 'W5x', of: ANY, most: 700, text: 'bytes a stream and side' },
  { workload: 'W5x', of: ANY, figure: 'opened', least: 100_000, text: 'streams opened in a second' },
  { workload: 'W6', of: ANY, against: 'http2', least: 1.5, text: 'of http2' },
  { workload: 'W6', of: ANY, against: 'yamux8', least: 40, text: 'of yamux 8' },
  { workload: 'W6', of: ANY, figure: 'writes', most: 0.001, text: 'write calls a message' },
  { workload: 'W7', of: ANY, against: 'raw', least: 0.85, text: 'of the bare WebSocket' },
  { workload: 'W7', of: ANY, against: 'peers', least: 1, text: 'of the best peer' },
  { workload: 'M3', of: ANY, against: 'yamux8', least: 15, text: 'of yamux 8' },
  { workload: 'W8', of: ANY, figure: 'core', most: 8192, text: 'core, bytes' },
  { workload: 'W8', of: ANY, figure: 'page', most: 12_288, text: 'core, session and websocket, bytes' },
  { workload: 'S1', of: ANY, figure: 'busy', most: 1.3, times: true, text: 'dearest frame, of the cheapest, ten streams busy' },
  { workload: 'S1', of: ANY, figure: 'frame', most: 1.3, times: true, text: 'dearest frame, of the cheapest, all in turn' },
  { workload: 'S1', of: ANY, figure: 'open', most: 1.3, times: true, text: 'dearest open, of the cheapest' },
  { workload: 'L1', of: ANY, figure: 'worst', least: 0.9, times: true, text: 'goodput on the worst path, of unlimited windows' },
  { workload: 'L2', of: ANY, figure: 'worst', most: 1.5, times: true, text: 'ping on the worst path, of fixed 256 KiB that carry as much' }
]

/** The smallest ratio to any peer, and whose. */
function worst (row, rows, figure) {
  return Object.keys(rows).filter((peer) => !OURS_OR_BARE.test(peer)).map((peer) => ({ peer, value: row.against(peer, figure) }))
    .filter(({ value }) => !Number.isNaN(value))
    .reduce((least, one) => one.value < least.value ? one : least, { peer: '', value: Infinity })
}

/**
 * Which of ours meet which mark. What cannot be judged, since the run lacks what a mark compares with, is left out.
 * @returns {{ workload: string, text: string, peer: string, measured: string, bound: string, met: boolean }[]}
 */
export function verdicts (summary) {
  return MARKS.flatMap(({ workload, of, figure = 'value', against, least, most, times = against !== undefined, text }) => {
    const rows = summary[workload] ?? {}
    const show = times ? ratio : number
    return Object.values(rows).filter(({ peer, runs }) => of.test(peer) && runs.length > 0).flatMap((row) => {
      const best = against === 'peers' ? worst(row, rows, figure) : undefined
      const value = best?.value ?? (against === undefined ? row.median(figure) : row.against(against, figure))
      if (!Number.isFinite(value)) return []
      const met = least === undefined ? value <= most : value >= least
      const bound = least === undefined ? `at most ${show(most)}` : `at least ${show(least)}`
      return [{ workload, text: best === undefined ? text : `${text} (${best.peer})`, peer: row.peer, measured: show(value), bound, met }]
    })
  })
}
