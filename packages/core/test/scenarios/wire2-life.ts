/**
 * Wire 2: opening, data, closing, typed streams, heartbeat (spec 4, 5, 9).
 *
 * @module
 */
import { HEARTBEAT_2, type Scenarios } from './scenario.ts'

const SYN_ALONE = 'the SYN is an empty frame of its own, sent at once (Q2)'
const BATCHED = 'credit goes back in batches of half a window, not once a read'
const FIN_RIDES = 'the FIN rides on the last data frame'
const ONE_FIN = 'a stream is finished once, however often it is asked for (Q7)'
const RANDOM = 'pings are random'
const TYPED = { typed: true }

export const wire2Life: Scenarios = {
  'open-write-5': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'open 3; send 3 hello; sends syn 3, data 3 "hello"; send 3 again; out 1; in 2 3',
    server: 'in 0 1; do accept 3, deliver 3 "helloagain"; consume 3 5; consume 3 5'
  },
  'open-by-server': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'in 0; do accept 2, deliver 2 "s"; consume 2 1; send 2 r; out 2; in 3',
    server: 'open 2; send 2 s; sends syn 2, data 2 "s"; in 1 2; do deliver 2 "r"; consume 2 1'
  },
  'open-out-of-order': {
    verdict: 'differs',
    why: `${SYN_ALONE}, so ours come in order; theirs need not (Q6)`,
    client: 'open 3; open 5; send 5 B; sends syn 3, syn 5, data 5 "B"; send 3 A; sends data 3 "A"',
    server: 'in 0 1; do accept 5, deliver 5 "B", accept 3, deliver 3 "A"'
  },
  'open-close-write-first': {
    verdict: 'differs',
    why: 'SYN and FIN never share a frame (Q3)',
    client: 'open 3; finish 3; sends syn 3, data 3 fin; in 1; do finish 3',
    server: 'in 0; do accept 3, finish 3; finish 3; out 1'
  },
  'syn-data-fin-in-one-frame': {
    verdict: 'differs',
    why: `whoever opens with FIN can be answered (Q3); ${BATCHED}`,
    client: 'open 3; send 3 hi; finish 3; sends syn 3, data 3 "hi" fin; in 1',
    server: 'in 0; do accept 3, deliver 3 "hi", finish 3; consume 3 2; send 3 ok; finish 3; sends data 3 "ok" fin'
  },
  'open-close-first': {
    verdict: 'differs',
    why: 'SYN and FIN never share a frame (Q3)',
    client: 'open 3 finish; sends syn 3, data 3 fin',
    server: 'in 0; do accept 3, finish 3'
  },
  'empty-first-write-loses-syn': {
    verdict: 'differs',
    why: 'an empty write is nothing and costs no SYN (Q4)',
    client: 'open 3; send 3 []; send 3 hello; sends syn 3, data 3 "hello"; in 1; do abort 3 STREAM_RESET streamClosed',
    server: 'in 0; out 1'
  },
  'write-40000': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'open 3; send 3 [40000]; sends syn 3, data 3 [40000]; in 1',
    server: 'in 0; do accept 3, deliver 3 [40000]; consume 3 40000'
  },
  'write-past-window': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}, and the window grows when the peer ran out`,
    client: 'open 3; send 3 [300000] takes 262144; sends syn 3, data 3 [262144]; in 1; do resume 3 1000; ' +
      'send 3 [37856] from 262144 takes 1000; out 2; in 3; do resume 3 30000; send 3 [36856] from 263144 takes 30000; out 4; ' +
      'in 5; do resume 3 262144; send 3 [6856] from 293144; out 6; in 7',
    server: 'in 0; do accept 3, deliver 3 [262144]; consume 3 1000; consume 3 261144; sends credit 3 1048576; in 2 4 6; do deliver 3 [37856]'
  },
  'window-increments': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'open 3; send 3 [10000]; sends syn 3, data 3 [10000]; in 1-5',
    server: 'in 0; do accept 3, deliver 3 [10000]; consume 3 1; consume 3 99; consume 3 900; consume 3 4000; consume 3 5000'
  },
  'window-increment-after-close': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${FIN_RIDES}; ${ONE_FIN}`,
    client: 'open 3; send 3 0123456789; finish 3; sends syn 3, data 3 "0123456789" fin; in 2 3 4 5; do finish 3',
    server: 'in 0 1; do accept 3, deliver 3 "0123456789", finish 3; finish 3; out 2; consume 3 4; finish 3; consume 3 4'
  },
  'half-close': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${FIN_RIDES}`,
    client: 'open 3; send 3 bye; finish 3; sends syn 3, data 3 "bye" fin; in 2 3 4; do deliver 3 "ok", finish 3; consume 3 2',
    server: 'in 0 1; do accept 3, deliver 3 "bye", finish 3; consume 3 3; send 3 ok; finish 3; sends data 3 "ok" fin; in 5'
  },
  'half-close-twice': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${ONE_FIN}`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; finish 3; finish 3; out 1',
    server: 'in 0 1 2; do accept 3, deliver 3 "q", finish 3'
  },
  'close': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; in 1; finish 3; out 2; in 3; do finish 3',
    server: 'in 0; do accept 3, deliver 3 "q"; consume 3 1; in 2; do finish 3; finish 3; out 3'
  },
  'close-then-peer-writes': {
    verdict: 'differs',
    why: `${SYN_ALONE}; who half-closes goes on reading; who wants no more resets`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; finish 3; out 1; in 2 4 5; do deliver 3 "late", finish 3',
    server: 'in 0 1; do accept 3, deliver 3 "q", finish 3; send 3 late; out 2; in 3; do abort 3 STREAM_RESET streamClosed; ' +
      'consume 3 1; finish 3'
  },
  'close-twice': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${ONE_FIN}`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; finish 3; finish 3; out 1',
    server: 'in 0 1 2; do accept 3, deliver 3 "q", finish 3'
  },
  'reset-received': {
    verdict: 'differs',
    why: 'nothing is sent on a stream that the peer has reset',
    client: 'open 3; send 3 hello; sends syn 3, data 3 "hello"; reset 3 cancel; out 1; in 2 3',
    server: 'in 0 1; do accept 3, deliver 3 "hello", abort 3 STREAM_RESET cancel; consume 3 5; finish 3'
  },
  'reset-sent-data-after-fin': {
    verdict: 'differs',
    why: 'what comes late on a stream that we have reset is swallowed for as long as its id is remembered, not for five seconds',
    client: 'open 3; send 3 ab; finish 3; sends syn 3, data 3 "ab" fin; in 3; do abort 3 STREAM_RESET streamClosed; in 6 8',
    server: 'in 0 1; do accept 3, deliver 3 "ab", finish 3; in 2; do abort 3 PEER_STREAM_CLOSED *; out 3; in 4 5; consume 3 2; in 7'
  },
  'data-on-closed-stream': {
    verdict: 'differs',
    why: 'a stream that is done is answered by one RST, not by one a frame',
    client: 'open 3; send 3 q; finish 3; sends syn 3, data 3 "q" fin; in 2; do finish 3; in 4 6 9',
    server: 'in 0 1; do accept 3, deliver 3 "q", finish 3; finish 3; out 2; in 3; out 4; in 5 7 8 10 11'
  },
  'data-never-opened-id': { verdict: 'equal', client: 'in 1', server: 'in 0; out 1' },
  'data-never-opened-local-id': { verdict: 'equal', client: 'in 1', server: 'in 0; out 1' },
  'fin-never-opened-id': { verdict: 'understood', server: 'in 0' },
  'rst-never-opened-id': { verdict: 'understood', server: 'in 0' },
  'wndinc-never-opened-id': { verdict: 'understood', server: 'in 0' },
  'stream-ids-exhausted': {
    verdict: 'differs',
    why: SYN_ALONE,
    clientOptions: { firstId: 0x7fffffff },
    client: 'open 2147483647; send 2147483647 q; sends syn 2147483647, data 2147483647 "q"; fails SESSION_IDS_EXHAUSTED open 0',
    server: 'in 0; do accept 2147483647, deliver 2147483647 "q"'
  },
  'window-size-mismatch': {
    verdict: 'differs',
    why: `${SYN_ALONE}; the SYN is refused from its header, before anything is kept`,
    client: 'open 3; send 3 [300000] takes 262144; skip; in 1; do abort 3 STREAM_RESET flowControl',
    server: 'in 0; out 1'
  },
  'flow-control-exact-window': {
    verdict: 'differs',
    why: `${SYN_ALONE}; the window grows when the peer ran out`,
    client: 'open 3; send 3 [262144]; sends syn 3, data 3 [262144]; in 1',
    server: 'in 0; do accept 3, deliver 3 [262144]; consume 3 262144; sends credit 3 1048576'
  },
  'flow-control-overflow': {
    verdict: 'unstable',
    why: 'the order of RST and credit varies; ours refuses the SYN from its header',
    client: 'open 3; send 3 [262144]; skip; in 1 2; do abort 3 STREAM_RESET flowControl',
    server: 'in 0; out 1; in 3; do accept 5, deliver 5 "q"'
  },
  'data-frame-delivered-only-when-complete': {
    verdict: 'understood', server: 'in 0 1; do accept 3, deliver 3 "abcde"; in 2; do deliver 3 "fghij"'
  },
  'read-deadline-ignored': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; in 1',
    server: 'in 0; do accept 3, deliver 3 "q"; consume 3 1'
  },
  'typed-open': {
    verdict: 'differs',
    why: `${SYN_ALONE}; the type's credit is kept like any other; ${BATCHED}`,
    options: TYPED,
    client: 'open 3 type 3405691582; send 3 payload; sends syn 3, data 3 <cafebabe7061796c6f6164>; in 2 3',
    server: 'in 0 1; do accept 3 type 3405691582, deliver 3 "payload"; consume 3 7'
  },
  'typed-type-and-payload-in-one-frame': {
    verdict: 'differs',
    why: BATCHED,
    options: TYPED,
    client: 'open 3 type 7; send 3 payloa; sends syn 3, data 3 <000000077061796c6f61>; in 1 2',
    server: 'in 0; do accept 3 type 7, deliver 3 "payloa"; consume 3 6'
  },
  'typed-empty-syn-then-type': {
    verdict: 'differs',
    why: BATCHED,
    options: TYPED,
    client: 'open 3 type 7; out 0 1; in 2',
    server: 'in 0 1; do accept 3 type 7'
  },
  'typed-split-type': {
    verdict: 'differs',
    why: `a type in two pieces is one type; ${BATCHED}`,
    options: TYPED,
    client: 'open 3 type 3405691582; sends syn 3, data 3 <cafebabe>; in 1 3',
    server: 'in 0; do; in 2; do accept 3 type 3405691582'
  },
  'typed-stream-with-early-fin': {
    verdict: 'differs',
    why: 'a stream that ends before it said its type is reset',
    options: TYPED,
    client: 'open 3 finish; sends syn 3, data 3 <00000000> fin; open 5 type 1; sends syn 5, data 5 <00000001>; in 2 3; do finish 3',
    server: 'in 0; sends rst 3 1; in 1; do accept 5 type 1'
  },
  'typed-stream-with-early-rst': {
    verdict: 'differs',
    why: 'a stream that was reset before it said its type is nothing',
    options: TYPED,
    client: 'open 3; sends syn 3, data 3 <00000000>; reset 3 cancel; out 1; in 2',
    server: 'in 0 1'
  },
  'typed-accept-head-of-line': { verdict: 'understood', options: TYPED, server: 'in 0 1; do accept 5 type 1' },
  'heartbeat-exchange': {
    verdict: 'unstable',
    why: RANDOM,
    options: HEARTBEAT_2,
    client: 'in 0; do accept 2 type 4294967295; open 3 type 4294967295; sends syn 3, data 3 <ffffffff>; in 3 4; ' +
      'do deliver 2 <2769a6e7>; send 2 <2769a6e7>; out 6; in 7 9; send 3 <2769a6e7>; out 8; in 10; do deliver 3 <2769a6e7>; ' +
      'send 3 <08448bf5>; out 12; in 13 16 17 18; do deliver 2 <08448bf5>, deliver 3 <08448bf5>',
    server: 'open 2 type 4294967295; sends syn 2, data 2 <ffffffff>; in 1 2; do accept 3 type 4294967295; send 2 <2769a6e7>; out 4; ' +
      'in 5 6 8; do deliver 2 <2769a6e7>, deliver 3 <2769a6e7>; send 3 <2769a6e7>; out 10; in 11 12 14 15 19 20; ' +
      'do deliver 3 <08448bf5>, deliver 2 <08448bf5>, drain SESSION_GONE_AWAY none retryable "no error"'
  },
  'heartbeat-without-accept-loop': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${BATCHED}`,
    options: HEARTBEAT_2,
    client: 'open 3 type 4294967295; sends syn 3, data 3 <ffffffff>; in 1 2; do accept 2 type 4294967295, deliver 2 <01020304>; ' +
      'consume 2 4; send 2 <01020304>; out 5',
    server: 'in 0; do accept 3 type 4294967295; open 2 type 4294967295; send 2 <01020304>; ' +
      'sends syn 2, data 2 <ffffffff01020304>; in 3 4 5; do deliver 2 <01020304>'
  },
  'heartbeat-default-timing': {
    verdict: 'unstable',
    why: RANDOM,
    options: HEARTBEAT_2,
    client: 'open 3 type 4294967295; sends syn 3, data 3 <ffffffff>; send 3 <6ea4e968>; out 1',
    server: 'in 0 1; do accept 3 type 4294967295, deliver 3 <6ea4e968>'
  },
  'heartbeat-late-answer-after-timeout': {
    verdict: 'unstable',
    why: RANDOM,
    options: HEARTBEAT_2,
    client: 'open 3 type 4294967295; sends syn 3, data 3 <ffffffff>; send 3 <76454d6c>; out 1; in 2; do deliver 3 "vEMl"; ' +
      'send 3 <0e9475c3>; out 4',
    server: 'in 0 1; do accept 3 type 4294967295, deliver 3 "vEMl"; send 3 <76454d6c>; out 2; in 3 4; do deliver 3 <0e9475c3>'
  },
  'heartbeat-wrong-echo': {
    verdict: 'unstable',
    why: RANDOM,
    options: HEARTBEAT_2,
    client: 'open 3 type 4294967295; sends syn 3, data 3 <ffffffff>; send 3 <0495ee6f>; out 1; in 2; do deliver 3 <00000000>',
    server: 'in 0 1; do accept 3 type 4294967295, deliver 3 <0495ee6f>; send 3 <00000000>; out 2; in 3'
  }
}
