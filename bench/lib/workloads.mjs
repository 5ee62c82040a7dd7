/**
 * The workloads: what is run, with which sizes, and what the number is. Names are kept for good, so that tables of different days compare.
 *
 * @typedef {object} Workload
 * @property {string} title
 * @property {'tcp' | 'ws' | 'mem' | 'solo'} kind the pipe it runs over; `solo`: none
 * @property {string} unit of `value`
 * @property {string} per what CPU time and system calls are divided by
 * @property {string | undefined} baseline the peer that is the physical limit
 * @property {boolean} [lower] lower values are better
 * @property {boolean} [pinned] client and server on a core each by default: where the scheduler puts them decides otherwise
 * @property {number} [rounds] at most
 * @property {Function} run
 * @property {Record<string, number | boolean>} p
 * @property {Record<string, number | boolean> | 'none'} [warm] what differs in the warm-up; `times`: how often it runs, 1 unless said. Absent: some churn
 * @property {string[]} [peers] that run it when none are named
 * @property {boolean} [repeatable] two runs give the same
 * @property {boolean} [extra] runs only when it is named
 * @property {boolean} [steady] a count of system calls says something about it
 * @property {number} [hardMs] after which the run counts as hung
 */
import { bulk, churn, idle, latency } from './load.mjs'
import { sessionScale, streamScale } from './scale.mjs'
import { sizes } from './sizes.mjs'

const MiB = 1024 * 1024
// At some GiB a second the compiler needs this long: after 48 MiB, half of the CPU time of the timed part was still its threads' (Node 20). Four
// streams and not one: what was compiled for the first stream alone is thrown away when a second begins, whichever multiplexer it is.
const WARM_BULK = { bytes: 256 * MiB, capMs: 1500, times: 4 }

// What it needs of ours is not there before the build
const paths = () => import('./paths.mjs')
const rate = { unit: 'MiB/s', per: 'MiB', run: bulk, steady: true }
const streams = { unit: 'streams/s', per: 'stream', run: churn, steady: true }
const messages = { unit: 'msg/s', per: 'message', run: bulk, steady: true }
const curve = { unit: 'x', per: 'point', lower: true, baseline: undefined, warm: 'none' }
const bytes = { unit: 'B', per: 'stream', run: idle, lower: true, rounds: 1, hardMs: 40000 }

/** @type {Record<string, Workload>} */
export const WORKLOADS = {
  W1: {
    title: 'bulk: 1 stream, 256 MiB one way in 64 KiB writes',
    ...rate, kind: 'tcp', baseline: 'raw', pinned: true,
    p: { streams: 1, bytes: 256 * MiB, chunk: 65536, capMs: 2500 },
    warm: WARM_BULK
  },
  W1L: {
    title: 'bulk, long: 1 stream, 1 GiB (or what goes in 1.8 s) one way in 64 KiB writes',
    ...rate, kind: 'tcp', baseline: 'raw', pinned: true,
    p: { streams: 1, bytes: 1024 * MiB, chunk: 65536, capMs: 1800 },
    warm: WARM_BULK
  },
  W2: {
    title: 'fan: 100 streams at once, 2 MiB each in 64 KiB writes',
    ...rate, kind: 'tcp', baseline: 'raw', pinned: true,
    p: { streams: 100, bytes: 2 * MiB, chunk: 65536, capMs: 2500 },
    warm: { streams: 100, bytes: 10 * MiB, capMs: 1000 }
  },
  W3a: {
    title: 'churn, one at a time: open, 100 B, echo, close; what goes in 1.2 s',
    ...streams, kind: 'tcp', baseline: 'rawn',
    p: { total: Infinity, size: 100, concurrency: 1, capMs: 1200 },
    warm: { capMs: 800 }
  },
  W3b: {
    title: 'churn, 100 at a time: open, 100 B, echo, close; what goes in 1.5 s',
    ...streams, kind: 'tcp', baseline: 'rawn',
    p: { total: Infinity, size: 100, concurrency: 100, capMs: 1500 },
    warm: { capMs: 800 }
  },
  W4: {
    title: 'round trip of a 64 B ping beside 3 saturating streams',
    unit: 'ms', per: 'MiB', run: latency, lower: true, kind: 'tcp', baseline: 'rawn',
    p: { bulk: 3, chunk: 65536, size: 64, capMs: 1300, skipMs: 300, maxBytes: 8192 * MiB },
    warm: { capMs: 200, skipMs: 0 }
  },
  W4u: {
    title: 'the same, the ping urgent',
    unit: 'ms', per: 'MiB', run: latency, lower: true, kind: 'tcp', baseline: undefined,
    p: { bulk: 3, chunk: 65536, size: 64, capMs: 1300, skipMs: 300, maxBytes: 8192 * MiB, urgent: true },
    warm: { capMs: 200, skipMs: 0 }
  },
  W5: {
    title: 'memory of 10,000 open idle streams, bytes a stream and side',
    ...bytes, kind: 'tcp', baseline: 'rawn',
    p: { total: 10000, concurrency: 64, capMs: 15000 }
  },
  W5x: {
    title: 'memory of 100,000 open idle streams, bytes a stream and side',
    ...bytes, kind: 'tcp', baseline: undefined,
    p: { total: 100000, concurrency: 64, capMs: 12000 }
  },
  W6: {
    title: 'small messages: 1 stream, as many writes of 64 B as go in 1.3 s',
    ...messages, kind: 'tcp', baseline: 'rawb',
    p: { streams: 1, bytes: Infinity, chunk: 64, capMs: 1300, perWrite: true },
    warm: { capMs: 800 }
  },
  W7: {
    title: 'bulk over a WebSocket (ws on both sides): 1 stream, 128 MiB in 64 KiB writes',
    ...rate, kind: 'ws', baseline: 'raw', pinned: true,
    p: { streams: 1, bytes: 128 * MiB, chunk: 65536, capMs: 2000 },
    warm: { bytes: 256 * MiB, capMs: 800 }
  },
  M1: {
    title: 'in one process: bulk, 1 stream, 128 MiB in 64 KiB writes',
    ...rate, kind: 'mem', extra: true, steady: false, baseline: 'raw',
    p: { streams: 1, bytes: 128 * MiB, chunk: 65536, capMs: 1200 },
    warm: { bytes: 24 * MiB, capMs: 400 }
  },
  M3: {
    title: 'in one process: churn, 100 at a time; what goes in 1.2 s',
    ...streams, kind: 'mem', steady: false, baseline: 'raw',
    p: { total: Infinity, size: 100, concurrency: 100, capMs: 1200 },
    warm: { capMs: 800 }
  },
  M6: {
    title: 'in one process: 1 stream, as many writes of 64 B as go in 0.8 s',
    ...messages, kind: 'mem', extra: true, steady: false, baseline: 'rawb',
    p: { streams: 1, bytes: Infinity, chunk: 64, capMs: 800, perWrite: true },
    warm: { capMs: 800 }
  },
  W8: {
    title: 'size of a page\'s bundle, minified and gzipped',
    unit: 'B', per: 'bundle', run: sizes, lower: true, kind: 'solo', baseline: undefined, rounds: 1, repeatable: true, warm: 'none', hardMs: 30000,
    peers: ['muxado', 'yamux8', 'mplex12', 'protomux'],
    p: {}
  },
  S1: {
    title: '10 to 100,000 streams open in one session: CPU for a frame of 64 B, 10 in flight, and for a stream opened and closed',
    ...curve, kind: 'tcp', run: streamScale, rounds: 2, hardMs: 60000,
    peers: ['http2', 'muxado', 'muxado-direct'],
    p: { from: 10, to: 100000, width: 10, capMs: 150, warmMs: 250 }
  },
  S2: {
    title: '1 to 10,000 sessions in one server: CPU for a frame of 64 B, 1 in flight, and for a stream opened and closed',
    ...curve, kind: 'tcp', run: sessionScale, rounds: 2, hardMs: 60000,
    peers: ['http2', 'muxado', 'muxado-direct'],
    p: { from: 1, to: 10000, width: 1, capMs: 150, warmMs: 250 }
  },
  L1: {
    title: 'simulated: goodput of one stream on long fat paths after ten round trips, as a share of the path, by windows',
    ...curve, kind: 'solo', run: async (...all) => (await paths()).pathGoodput(...all), rounds: 1, repeatable: true, hardMs: 120000,
    peers: ['muxado', 'muxado@wire=2'],
    p: { rtts: [1, 10, 30, 100, 300], rates: [1e7, 1e8, 1e9, 1e10] }
  },
  L2: {
    title: 'simulated: round trip of a 64 B ping beside three bulk streams on long fat paths, in ms, by windows',
    ...curve, kind: 'solo', run: async (...all) => (await paths()).pathPing(...all), rounds: 1, repeatable: true, hardMs: 120000,
    peers: ['muxado', 'muxado@wire=2'],
    p: { rtts: [1, 10, 30, 100, 300], rates: [1e7, 1e8, 1e9, 1e10] }
  }
}
