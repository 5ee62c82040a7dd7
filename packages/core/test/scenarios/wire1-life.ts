/**
 * Wire 1: opening, data and closing (spec 4, 5).
 *
 * @module
 */
import type { Scenarios } from './scenario.ts'

const BATCHED = 'credit goes back in batches of half a window, not once a read'
const NO_CREDIT_AFTER_FIN = 'no credit is returned for a half that is finished'
const ONE_FIN = 'a stream is finished once, however often it is asked for'
const LIVELY_FIN = 'a FIN for a stream that is done is never answered by RST (B8)'

export const wire1Life: Scenarios = {
  'open': { verdict: 'equal', client: 'open 3; out 0', server: 'in 0; do accept 3' },
  'open-three': {
    verdict: 'equal', client: 'open 3; open 5; open 7; out 0 1 2', server: 'in 0 1 2; do accept 3, accept 5, accept 7'
  },
  'open-by-server': { verdict: 'equal', client: 'in 0 1; do accept 2, accept 4', server: 'open 2; open 4; out 0 1' },
  'open-priority-type': {
    verdict: 'equal', client: 'open 3 priority 5 type 16909060; out 0', server: 'in 0; do accept 3 type 16909060 priority 5'
  },
  'open-priority-only': {
    verdict: 'equal', client: 'open 3 priority 2147483647; out 0', server: 'in 0; do accept 3 priority 2147483647'
  },
  'open-type-only': { verdict: 'equal', client: 'open 3 type 3405691582; out 0', server: 'in 0; do accept 3 type 3405691582' },
  'open-fin': {
    verdict: 'differs',
    why: 'SYN and FIN never share a frame (B4); data after the FIN is answered by RST',
    client: 'open 3 finish; sends syn 3, data 3 fin; in 2 3; do finish 3',
    server: 'in 0; do accept 3, finish 3; in 1; do abort 3 PEER_STREAM_CLOSED *; sends rst 3 4'
  },
  'open-fin-priority-type': {
    verdict: 'differs',
    why: 'SYN and FIN never share a frame (B4)',
    client: 'open 3 priority 1 type 2 finish; sends syn 3 priority 1 type 2, data 3 fin',
    server: 'in 0; do accept 3 type 2 priority 1, finish 3'
  },
  'open-priority-too-big': {
    verdict: 'differs',
    why: 'a bad argument throws and the session lives (B12)',
    client: 'fails API_ARGUMENT open 3 priority 2147483648; open 3; sends syn 3',
    server: 'in 0; do drain SESSION_GONE_AWAY internal retryable; end; do close; sends goaway 1 0'
  },
  'write-5': {
    verdict: 'differs',
    why: BATCHED,
    client: 'open 3; send 3 hello; out 0 1; in 2',
    server: 'in 0 1; do accept 3, deliver 3 "hello"; consume 3 5'
  },
  'write-empty': { verdict: 'equal', client: 'open 3; send 3 []; out 0', server: 'in 0; do accept 3' },
  'write-40000': {
    verdict: 'equal',
    client: 'open 3; send 3 [40000]; out 0 1 2 3; in 4',
    server: 'in 0 1 2 3; do accept 3, deliver 3 [40000]; consume 3 40000; out 4'
  },
  'write-past-window': {
    verdict: 'differs',
    why: BATCHED,
    client: 'open 3; send 3 [70000] takes 65536; out 0-5; in 6; do resume 3 1000; send 3 [4464] from 65536 takes 1000; out 7; ' +
      'in 8; do resume 3 16384; send 3 [3464] from 66536; out 9; in 10',
    server: 'in 0-5; do accept 3, deliver 3 [65536]; consume 3 1000; consume 3 64536; sends credit 3 65536; in 7 9; do deliver 3 [4464]'
  },
  'window-increments': {
    verdict: 'differs',
    why: BATCHED,
    client: 'open 3; send 3 [10000]; out 0 1; in 2-6',
    server: 'in 0 1; do accept 3, deliver 3 [10000]; consume 3 1; consume 3 99; consume 3 900; consume 3 4000; consume 3 5000'
  },
  'window-increment-after-close': {
    verdict: 'differs',
    why: `${LIVELY_FIN}; credit for it is ignored (B6)`,
    client: 'open 3; send 3 0123456789; finish 3; out 0 1; in 2 3 4 6; do finish 3',
    server: 'in 0 1; do accept 3, deliver 3 "0123456789", finish 3; finish 3; out 2; consume 3 4; in 5; consume 3 4'
  },
  'half-close-empty': { verdict: 'equal', client: 'open 3; finish 3; out 0 1', server: 'in 0 1; do accept 3, finish 3' },
  'half-close-data': {
    verdict: 'differs',
    why: NO_CREDIT_AFTER_FIN,
    client: 'open 3; send 3 bye; finish 3; out 0 1; in 2 3; do deliver 3 "ok", finish 3; consume 3 2',
    server: 'in 0 1; do accept 3, deliver 3 "bye", finish 3; consume 3 3; send 3 ok; finish 3; out 3; in 4'
  },
  'half-close-20000': {
    verdict: 'equal', client: 'open 3; send 3 [20000]; finish 3; out 0 1 2', server: 'in 0 1 2; do accept 3, deliver 3 [20000], finish 3'
  },
  'half-close-twice': {
    verdict: 'differs',
    why: ONE_FIN,
    client: 'open 3; finish 3; finish 3; out 0 1',
    server: 'in 0 1 2; do accept 3, finish 3'
  },
  'close': {
    verdict: 'differs',
    why: LIVELY_FIN,
    client: 'open 3; finish 3; out 0 1; in 2; do finish 3',
    server: 'in 0 1; do accept 3, finish 3; finish 3; out 2; in 3'
  },
  'close-then-peer-writes': {
    verdict: 'differs',
    why: 'who half-closes goes on reading; who wants no more resets',
    client: 'open 3; finish 3; out 0 1; in 2 4; do deliver 3 "late", finish 3',
    server: 'in 0 1; do accept 3, finish 3; send 3 late; out 2; in 3; do abort 3 STREAM_RESET streamClosed; finish 3; in 5'
  },
  'close-twice': {
    verdict: 'differs',
    why: `${ONE_FIN} (B7)`,
    client: 'open 3; finish 3; finish 3; out 0 1',
    server: 'in 0 1 2; do accept 3, finish 3'
  },
  'half-close-then-close': {
    verdict: 'differs',
    why: `${ONE_FIN}; ${LIVELY_FIN}`,
    client: 'open 3; send 3 q; finish 3; out 0 1; in 2 3; do deliver 3 "r", finish 3; consume 3 1; finish 3; in 6 7',
    server: 'in 0 1; do accept 3, deliver 3 "q", finish 3; consume 3 1; send 3 r; finish 3; out 3; in 4 5 8'
  },
  'reset-received': {
    verdict: 'differs',
    why: 'nothing is sent on a stream that the peer has reset',
    client: 'open 3; send 3 hello; out 0 1; reset 3 cancel; out 2; in 3 4',
    server: 'in 0 1 2; do accept 3, deliver 3 "hello", abort 3 STREAM_RESET cancel; consume 3 5; finish 3'
  },
  'reset-sent-data-after-fin': {
    verdict: 'differs',
    why: 'what comes late on a stream that we have reset is swallowed for as long as its id is remembered, not for ten seconds',
    client: 'open 3; send 3 ab; finish 3; out 0 1; in 3; do abort 3 STREAM_RESET streamClosed; in 6 8',
    server: 'in 0 1; do accept 3, deliver 3 "ab", finish 3; in 2; do abort 3 PEER_STREAM_CLOSED *; out 3; in 4 5; consume 3 2; in 7'
  },
  'fin-twice-received': { verdict: 'understood', server: 'in 0-3; do accept 3, finish 3' },
  'data-on-closed-stream': {
    verdict: 'unstable',
    why: 'the order of the RSTs varies; ours answers once an id, and no FIN at all',
    client: 'open 3; finish 3; out 0 1; in 2; do finish 3; in 4 7 8',
    server: 'in 0 1; do accept 3, finish 3; finish 3; out 2; in 3; out 4; in 5 6 9 10'
  },
  'flow-control-exact-window': {
    verdict: 'equal',
    client: 'open 3; send 3 [65536]; skip; in 6',
    server: 'in 0-5; do accept 3, deliver 3 [65536]; consume 3 65536; out 6'
  },
  'flow-control-overflow': {
    verdict: 'equal',
    client: 'open 3; send 3 [65536]; skip; in 7; do abort 3 STREAM_RESET flowControl',
    server: 'in 0-5; do accept 3, deliver 3 [65536]; in 6; do abort 3 PEER_FLOW_CONTROL *; out 7; in 8; do accept 5'
  },
  'flow-control-overflow-desync': {
    verdict: 'equal',
    client: 'open 3; send 3 [65536]; skip; in 7; do abort 3 STREAM_RESET flowControl',
    server: 'in 0-5; do accept 3, deliver 3 [65536]; in 6; do abort 3 PEER_FLOW_CONTROL *; out 7'
  },
  'data-frame-delivered-only-when-complete': {
    verdict: 'differs',
    why: `bodies stream through in pieces; ${BATCHED}`,
    client: 'open 3; send 3 abcdefghij; sends syn 3, data 3 "abcdefghij"; in 3',
    server: 'in 0 1; do accept 3, deliver 3 "abcde"; in 2; do deliver 3 "fghij"; consume 3 4'
  },
  'stream-ids-exhausted': {
    verdict: 'differs',
    why: 'the session outlives its ids',
    clientOptions: { firstId: 0x7fffffff },
    client: 'open 2147483647; out 0; fails SESSION_IDS_EXHAUSTED open 0',
    server: 'in 0; do accept 2147483647; in 1; do drain SESSION_GONE_AWAY internal retryable'
  },
  'wndinc-edge-values': {
    verdict: 'differs',
    why: 'credit past 2^31-1 is a flow control error (CVE-2026-31814)',
    options: { window: 262144 },
    client: 'open 3; skip; in 5-17; do deliver 3 [200000]',
    server: 'in 0; do accept 3; in 1 2; do abort 3 PEER_FLOW_CONTROL *; sends rst 3 3; in 3 4'
  },
  'data-max-length': {
    verdict: 'differs',
    why: BATCHED,
    client: 'open 3; send 3 [16383]; sends syn 3, data 3 [16383]; in 2',
    server: 'in 0 1; do accept 3, deliver 3 [16383]; consume 3 100'
  },
  'data-unknown-flags': {
    verdict: 'differs', why: BATCHED, client: 'open 3; send 3 x; skip; in 2', server: 'in 0 1; do accept 3, deliver 3 "x"; consume 3 1'
  },
  'data-empty-no-fin': { verdict: 'understood', server: 'in 0 1; do accept 3' },
  'read-timeout-loses-data': {
    verdict: 'differs',
    why: `a read that was given up loses nothing (B11); ${BATCHED}`,
    client: 'open 3; send 3 lost!; out 0 1; send 3 second; out 2; in 3',
    server: 'in 0 1 2; do accept 3, deliver 3 "lost!second"; consume 3 11'
  }
}
