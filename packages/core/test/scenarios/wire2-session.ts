/**
 * Wire 2: going away, ends of a session, input that is wrong or odd (spec 2.7, 8).
 *
 * @module
 */
import type { Scenario, Scenarios } from './scenario.ts'

const PADDED = 'a GOAWAY that is not the last frame is followed by eight bytes for the peer that reads too far (Q1)'
const OWN_TEXT = 'the debug text is our own; the last id is 0 while nothing was accepted'
const SYN_ALONE = 'the SYN is an empty frame of its own, sent at once (Q2)'
const CREDIT_ERROR = 'credit past 2^31-1 is a flow control error (CVE-2026-31814)'
const BATCHED = 'credit goes back in batches of half a window, not once a read'

function dies (code: 1 | 8, drained: string): Scenario {
  const [error, reason] = code === 1 ? ['PEER_PROTOCOL', 'protocol'] : ['PEER_FRAME_SIZE', 'frameSize']
  return {
    verdict: 'differs',
    why: OWN_TEXT,
    client: `in 1; do drain SESSION_GONE_AWAY ${reason} retryable ${drained}`,
    server: `in 0; do close ${error}; sends goaway 0 ${code} *`
  }
}

function diesOpen (code: 1 | 8, drained: string): Scenario {
  const [error, reason] = code === 1 ? ['PEER_PROTOCOL', 'protocol'] : ['PEER_FRAME_SIZE', 'frameSize']
  return {
    verdict: 'differs',
    why: 'the debug text is our own',
    client: `open 3; out 0; in 2; do drain SESSION_GONE_AWAY ${reason} retryable ${drained}`,
    server: `in 0; do accept 3; in 1; do abort 3 ${error} ${reason}, close ${error}; sends goaway 3 ${code} *`
  }
}

export const wire2Session: Scenarios = {
  'goaway': {
    verdict: 'differs',
    why: PADDED,
    client: 'open 3; skip; in 1 2; do drain SESSION_GONE_AWAY reset retryable "debug"',
    server: 'in 0; do accept 3, deliver 3 "q"; goaway none; sends goaway 3 0, data 1 fin; goaway reset debug; sends goaway 3 7 "debug", data 1 fin'
  },
  'goaway-no-streams': {
    verdict: 'differs',
    why: `${PADDED}; the last id is 0 while nothing was accepted`,
    client: 'goaway none; sends goaway 0 0, data 1 fin; in 0; do drain SESSION_GONE_AWAY none retryable',
    server: 'goaway none; sends goaway 0 0, data 1 fin; in 1; do drain SESSION_GONE_AWAY none retryable'
  },
  'goaway-then-continue-go-to-go': {
    verdict: 'differs',
    why: `${PADDED}; ${SYN_ALONE}`,
    client: 'open 3; send 3 before; sends syn 3, data 3 "before"; in 1 2 3; do drain SESSION_GONE_AWAY none retryable "dbg", deliver 3 "after-goaway"',
    server: 'in 0; do accept 3, deliver 3 "before"; consume 3 6; goaway none dbg; sends goaway 3 0 "dbg", data 1 fin; ' +
      'send 3 after-goaway; out 3'
  },
  'goaway-swallows-fin': {
    verdict: 'differs',
    why: 'we read a GOAWAY for as long as it is, so a FIN behind it counts, and data behind the FIN does not (Q1)',
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; in 1 2; do drain SESSION_GONE_AWAY none retryable, finish 3; in 3; ' +
      'do abort 3 PEER_STREAM_CLOSED *; sends rst 3 4',
    server: 'in 0; do accept 3, deliver 3 "q"; goaway none; sends goaway 3 0, data 1 fin; in 4'
  },
  'goaway-padded-by-unknown-frame': {
    verdict: 'differs',
    why: `${SYN_ALONE}; a final GOAWAY carries no text of its own accord`,
    client: 'open 3; send 3 q; sends syn 3, data 3 "q"; in 1 2 3; do drain SESSION_GONE_AWAY reset retryable "bye", deliver 3 "ok"; close; ' +
      'do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0; do accept 3, deliver 3 "q"; goaway reset bye; sends goaway 3 7 "bye", data 1 fin; send 3 ok; out 3; in 4 5; ' +
      'do drain SESSION_GONE_AWAY none retryable "no error"'
  },
  'goaway-received-at-end': {
    verdict: 'differs',
    why: `${SYN_ALONE}; ${OWN_TEXT}`,
    client: 'open 3; open 5; send 3 q; send 5 q; sends syn 3, syn 5, data 3 "q", data 5 "q"; in 2 3; ' +
      'do abort 5 SESSION_GONE_AWAY reset retryable, drain SESSION_GONE_AWAY reset retryable "bye"; end; ' +
      'do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 0 15 *',
    server: 'in 0 1; do accept 3, deliver 3 "q", accept 5, deliver 5 "q"; in 4; do drain SESSION_GONE_AWAY peerEof retryable [25]'
  },
  'goaway-then-eof': {
    verdict: 'differs',
    why: 'an end in good order is answered in good order',
    client: 'in 0; do drain SESSION_GONE_AWAY reset retryable "bye"; end; do close; sends goaway 0 0',
    server: 'goaway reset bye; sends goaway 0 7 "bye", data 1 fin; in 1; do drain SESSION_GONE_AWAY peerEof retryable [25]'
  },
  'open-after-own-goaway': {
    verdict: 'differs',
    why: `${PADDED}; ${SYN_ALONE}; the last id is 0 while nothing was accepted`,
    client: 'in 0 1; do drain SESSION_GONE_AWAY none retryable, accept 2, deliver 2 "q"',
    server: 'goaway none; sends goaway 0 0, data 1 fin; open 2; send 2 q; sends syn 2, data 2 "q"'
  },
  'refused-after-goaway': {
    verdict: 'differs',
    why: `${PADDED}; what comes for a refused stream is swallowed; ids are checked even then`,
    client: 'open 3; open 5; skip; in 1; do abort 5 SESSION_GONE_AWAY none retryable, drain SESSION_GONE_AWAY none retryable; in 3 5 8',
    server: 'in 0; do accept 3, deliver 3 "q"; goaway none; sends goaway 3 0, data 1 fin; in 2; out 3; in 4 6; in 7; do abort 3 PEER_PROTOCOL protocol, close PEER_PROTOCOL; ' +
      'sends goaway 3 1 *'
  },
  'refused-syn-with-payload-desync': {
    verdict: 'differs',
    why: `${PADDED}; the payload of a refused SYN is skipped (Q2)`,
    client: 'open 3; skip; in 1 3 4; do drain SESSION_GONE_AWAY frameSize retryable [32]',
    server: 'in 0; do accept 3, deliver 3 "q"; goaway none; sends goaway 3 0, data 1 fin; in 2; out 3'
  },
  'accept-queue-full': {
    verdict: 'differs',
    why: 'streams are counted until they are done, not until they are accepted, and refused with the reason that may be tried again (Q11)',
    options: { maxInbound: 128 },
    client: 'opens 129; skip; in 2; do abort 259 STREAM_REFUSED acceptQueueFull retryable',
    server: 'in 0; counts accept 128; in 1; sends rst 259 5; in 3 4; in 5; sends rst 261 5'
  },
  'session-close': {
    verdict: 'differs',
    why: `${SYN_ALONE}; a final GOAWAY carries no text of its own accord`,
    client: 'open 3; send 3 hello; sends syn 3, data 3 "hello"; in 1; close; do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0; do accept 3, deliver 3 "hello"; consume 3 5; in 2; do drain SESSION_GONE_AWAY none retryable "no error"; end; ' +
      'do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 15 *'
  },
  'transport-eof': {
    verdict: 'differs',
    why: OWN_TEXT,
    client: 'open 3; skip; in 1; do drain SESSION_GONE_AWAY peerEof retryable [25]',
    server: 'in 0; do accept 3, deliver 3 "q"; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 15 *'
  },
  'transport-eof-mid-header': {
    verdict: 'differs',
    why: 'an end in the middle of a frame is a peer that is gone, like any other',
    client: 'in 1; do drain SESSION_GONE_AWAY 255 retryable "unexpected EOF"',
    server: 'in 0; end; do close PEER_EOF; sends goaway 0 15 *'
  },
  'transport-eof-mid-data-with-fin': {
    verdict: 'differs',
    why: `a frame cut off does not finish its stream (Q8); ${BATCHED}`,
    client: 'open 3; send 3 q; skip; in 1 2 4; do finish 3, drain SESSION_GONE_AWAY peerEof retryable [25]',
    server: 'in 0; do accept 3, deliver 3 "q"; finish 3; out 2; in 3; do deliver 3 "abc"; end; ' +
      'do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 15 *'
  },
  'complete-stream-then-transport-close': {
    verdict: 'differs',
    why: OWN_TEXT,
    client: 'open 3; send 3 hello; finish 3; skip; in 2; do drain SESSION_GONE_AWAY peerEof retryable [25]',
    server: 'in 0 1; do accept 3, deliver 3 "hello", finish 3; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 15 *'
  },
  'wndinc-edge-values': {
    verdict: 'understood', why: CREDIT_ERROR, server: 'in 0; do accept 3; in 1; do abort 3 PEER_FLOW_CONTROL *; sends rst 3 3; in 2 3'
  },
  'bad-goaway-stream-id': dies(1, '[37]'),
  'bad-goaway-length-7': dies(8, '[32]'),
  'bad-wndinc-0': diesOpen(1, '[41]'),
  'bad-wndinc-0-masked': diesOpen(1, '[41]'),
  'bad-wndinc-0-unknown-stream': dies(1, '[41]'),
  'bad-wndinc-length': diesOpen(8, '[32]'),
  'bad-wndinc-id-0': dies(1, '[41]'),
  'bad-rst-length': diesOpen(8, '[29]'),
  'bad-rst-id-0': dies(1, '[30]'),
  'rst-unknown-code': {
    verdict: 'understood',
    client: 'open 3; out 0; reset 3 4294967295; out 1',
    server: 'in 0 1; do accept 3, abort 3 STREAM_RESET 4294967295'
  },
  'bad-data-id-0': dies(1, '[45]'),
  'bad-syn-wrong-parity': dies(1, '[61]'),
  'bad-syn-wrong-parity-to-client': {
    verdict: 'differs',
    why: OWN_TEXT,
    client: 'in 0; do close PEER_PROTOCOL; sends goaway 0 1 *',
    server: 'in 1; do drain SESSION_GONE_AWAY protocol retryable [61]'
  },
  'syn-id-1': { verdict: 'understood', server: 'in 0; do accept 1' },
  'syn-decreasing': {
    verdict: 'differs',
    why: `${PADDED}; the last id is the highest, not the latest (Q6)`,
    client: 'goaway none; skip; in 2; do drain SESSION_GONE_AWAY none retryable',
    server: 'in 0 1; do accept 9, accept 5; goaway none; sends goaway 9 0, data 1 fin'
  },
  'syn-on-live-id': {
    verdict: 'differs',
    why: 'a second SYN on a live stream ends the session instead of orphaning the stream',
    client: 'open 3; send 3 A; skip; in 3 4',
    server: 'in 0; do accept 3, deliver 3 "A"; in 1; do abort 3 PEER_PROTOCOL protocol, close PEER_PROTOCOL; sends goaway 3 1 *; in 2'
  },
  'stream-id-high-bit': { verdict: 'understood', why: 'the reserved bit is masked (Q9)', server: 'in 0; do accept 3, deliver 3 "x"' },
  'unknown-frame-type': { verdict: 'understood', server: 'in 0' },
  'unknown-frame-type-15': { verdict: 'understood', server: 'in 0' },
  'unknown-frame-then-data': { verdict: 'understood', server: 'in 0 1; do accept 3, deliver 3 "hi"' },
  'data-unknown-flags': {
    verdict: 'differs',
    why: BATCHED,
    client: 'open 3; send 3 x; sends syn 3, data 3 "x"; in 2',
    server: 'in 0 1; do accept 3, deliver 3 "x"; consume 3 1'
  },
  'data-empty-no-fin': { verdict: 'understood', server: 'in 0 1; do accept 3' }
}
