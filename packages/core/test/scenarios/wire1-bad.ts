/**
 * Wire 1: input that is wrong or odd (spec 2.7). The Go peer's own answers say so in malformed GOAWAYs (B1).
 *
 * @module
 */
import type { Scenario, Scenarios } from './scenario.ts'

const DRAINED = 'in 1; do drain SESSION_GONE_AWAY protocol retryable'
const DRAINED_2 = 'in 2; do drain SESSION_GONE_AWAY protocol retryable'
const INTERNAL = 'in 1; do drain SESSION_GONE_AWAY internal retryable'
const INTERNAL_2 = 'in 2; do drain SESSION_GONE_AWAY internal retryable'

/** The first entry ends the session, with no stream open. */
function dies (code: 1 | 5, client: string): Scenario {
  const error = code === 1 ? 'PEER_PROTOCOL' : 'PEER_FRAME_SIZE'
  const why = code === 1 && client === DRAINED ? 'our GOAWAY has the length it says, and its debug text (B1)' : 'the reason is the right one, and the GOAWAY well-formed (B1)'
  return { verdict: 'differs', why, client, server: `in 0; do close ${error}; sends goaway 1 ${code} *` }
}

/** The second entry ends the session, with the stream of the first open. */
function diesWith (id: number, code: 1 | 5, client: string): Scenario {
  const [error, reason] = code === 1 ? ['PEER_PROTOCOL', 'protocol'] : ['PEER_FRAME_SIZE', 'frameSize']
  return {
    ...dies(code, client),
    client,
    server: `in 0; do accept ${id}; in 1; do abort ${id} ${error} ${reason}, close ${error}; sends goaway ${id} ${code} *`
  }
}

export const wire1Bad: Scenarios = {
  'bad-syn-id-1': dies(1, DRAINED),
  'bad-syn-id-0': dies(1, DRAINED),
  'bad-syn-wrong-parity': dies(1, DRAINED),
  'bad-syn-repeated': diesWith(3, 1, `open 3; out 0; ${DRAINED_2}`),
  'syn-decreasing': diesWith(9, 1, DRAINED_2),
  'bad-syn-length-9': dies(5, INTERNAL),
  'bad-syn-length-16383': dies(5, INTERNAL),
  'bad-syn-length-mismatch-extra': dies(5, INTERNAL),
  'bad-syn-length-mismatch-short': dies(5, INTERNAL),
  'syn-unknown-flags': { verdict: 'understood', server: 'in 0; do accept 3' },
  'syn-explicit-zero-priority-type': { verdict: 'understood', server: 'in 0; do accept 3' },
  'syn-priority-top-bit': { verdict: 'understood', server: 'in 0; do accept 3 priority 2147483647' },
  'reserved-bits-ignored': { verdict: 'understood', server: 'in 0; do accept 3' },
  'bad-type-0': dies(1, INTERNAL),
  'bad-type-5-priority': dies(1, INTERNAL),
  'bad-type-7': dies(1, INTERNAL),
  'bad-type-31': dies(1, INTERNAL),
  'bad-rst-length-3': diesWith(3, 5, `open 3; out 0; ${INTERNAL_2}`),
  'bad-wndinc-length-8': diesWith(3, 5, `open 3; out 0; ${INTERNAL_2}`),
  'rst-unknown-code': {
    verdict: 'understood',
    client: 'open 3; out 0; reset 3 4294967295; out 1',
    server: 'in 0 1; do accept 3, abort 3 STREAM_RESET 4294967295'
  },
  'data-unassigned-id': dies(1, DRAINED),
  'data-unassigned-local-id': dies(1, DRAINED),
  'rst-unassigned-id': dies(1, DRAINED),
  'wndinc-unassigned-id': dies(1, DRAINED),
  'data-id-1-never-opened': { verdict: 'equal', client: 'in 1', server: 'in 0; out 1' },
  'data-skipped-id': { verdict: 'equal', client: 'open 3; out 0; in 2', server: 'in 0; do accept 3; in 1; out 2' },
  'data-id-0': { verdict: 'equal', client: 'in 1', server: 'in 0; out 1' },
  'rst-id-0': { verdict: 'understood', server: 'in 0' },
  'wndinc-id-0': { verdict: 'understood', server: 'in 0' }
}
