/**
 * What the project promises about its speed, as ratios within one run.
 *
 * @typedef {{ workload: string, text: string, of: RegExp, least: number, read: (row: object) => number }} Mark
 */

/** @type {Mark[]} */
export const MARKS = [
  { workload: 'W1', text: 'W1: at least 0.80 of a bare socket', of: /^muxado/, least: 0.8, read: (row) => row.vsRaw },
  { workload: 'W3b', text: 'W3b, async iteration: at least 3 times http2', of: /^muxado(@|$)/, least: 3, read: (row) => row.vsHttp2 },
  { workload: 'W7', text: 'W7: at least 0.85 of a bare WebSocket', of: /^muxado/, least: 0.85, read: (row) => row.vsRaw }
]

/** Which of ours reached which mark. Empty where the run lacks what a mark compares with. */
export function verdicts (summary) {
  return MARKS.flatMap(({ workload, text, of, least, read }) => Object.entries(summary[workload] ?? {})
    .filter(([peer, row]) => of.test(peer) && !Number.isNaN(read(row)))
    .map(([peer, row]) => ({ mark: text, peer, value: read(row), met: read(row) >= least })))
}
