/**
 * Wire 1: going away, ends of a session, heartbeat (spec 8, 9).
 *
 * @module
 */
import { HEARTBEAT_1, type Scenarios } from './scenario.ts'

const WELL_FORMED = 'our GOAWAY has the length it says, and its debug text (B1)'
const BATCHED = 'credit goes back in batches of half a window, not once a read'

export const wire1Session: Scenarios = {
  'goaway': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY none retryable',
    server: 'in 0; do accept 3; goaway none; sends goaway 3 0'
  },
  'goaway-debug': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY cancel retryable',
    server: 'in 0; do accept 3; goaway cancel debug; sends goaway 3 7 "debug"'
  },
  'goaway-no-streams': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'goaway none; sends goaway 0 0; in 0; do drain SESSION_GONE_AWAY none retryable',
    server: 'goaway none; sends goaway 1 0; in 1; do drain SESSION_GONE_AWAY none retryable'
  },
  'goaway-debug-20000': {
    verdict: 'differs',
    why: 'debug text is cut to what a frame holds (B2); a GOAWAY too short for its fixed part ends the session',
    client: 'in 0; do close PEER_FRAME_SIZE; sends goaway 0 5 *',
    server: 'goaway protocol [20000]; sends goaway 1 1 [16375]'
  },
  'goaway-then-continue-go-to-go': {
    verdict: 'unstable',
    why: 'racy; ours understands what follows the malformed GOAWAY (B1)',
    client: 'open 3; send 3 before; out 0 1; in 2; open 5; out 4; in 3; do abort 5 SESSION_GONE_AWAY none retryable, ' +
      'drain SESSION_GONE_AWAY none retryable; in 5 6; do deliver 3 "after-goaway"',
    server: 'in 0 1; do accept 3, deliver 3 "before"; consume 3 6; goaway none dbg; sends goaway 3 0 "dbg"; in 4; sends rst 5 6; ' +
      'in 7; do drain SESSION_GONE_AWAY internal retryable'
  },
  'goaway-received-correct-form': {
    verdict: 'differs',
    why: `${BATCHED}; data for a stream that GOAWAY closed is swallowed, as for one that was reset`,
    client: 'open 3; open 5; open 7; out 0 1 2; in 3; do abort 7 SESSION_GONE_AWAY none retryable, drain SESSION_GONE_AWAY none retryable; ' +
      'in 4; do deliver 3 "ok"; consume 3 2; in 6; do accept 2; in 7',
    server: 'in 0 1 2; do accept 3, accept 5, accept 7; send 3 ok; sends data 3 "ok"; in 5; open 2; sends syn 2; send 7 ok; ' +
      'sends data 7 "ok"; in 8; do abort 7 STREAM_RESET streamClosed'
  },
  'goaway-lastid-below-heartbeat-stream': {
    verdict: 'differs',
    why: `${WELL_FORMED}; a lost heartbeat stream is the host's affair (B14)`,
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; in 1; do abort 3 SESSION_GONE_AWAY none retryable, ' +
      'drain SESSION_GONE_AWAY none retryable; close; do close; sends goaway 0 0',
    server: 'in 0; do accept 3 type 4294967039 priority 2147483647; in 2; do drain SESSION_GONE_AWAY none retryable'
  },
  'goaway-received-with-debug': {
    verdict: 'differs',
    why: `${WELL_FORMED}; ${BATCHED}`,
    client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY cancel retryable "hello"; in 2; do deliver 3 "ok"; consume 3 2; close; ' +
      'do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0; do accept 3; goaway cancel hello; out 1; send 3 ok; out 2; in 3 4; do drain SESSION_GONE_AWAY none retryable'
  },
  'goaway-received-length-0': {
    verdict: 'equal',
    client: 'open 3; out 0; in 1; do abort 3 PEER_FRAME_SIZE frameSize, close PEER_FRAME_SIZE; sends goaway 0 5 *; in 2',
    server: 'in 0; do accept 3'
  },
  'goaway-received-stream-id-nonzero': {
    verdict: 'equal', client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY none retryable', server: 'in 0; do accept 3'
  },
  'open-after-own-goaway': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'in 0; do drain SESSION_GONE_AWAY none retryable; in 1; do accept 2',
    server: 'goaway none; sends goaway 1 0; open 2; out 1'
  },
  'refused-after-goaway': {
    verdict: 'unstable',
    why: 'the order of the RSTs varies; ours keeps checking ids',
    client: 'open 3; out 0; open 5; out 2; in 1; do abort 5 SESSION_GONE_AWAY none retryable, drain SESSION_GONE_AWAY none retryable; in 3',
    server: 'in 0; do accept 3; goaway none; sends goaway 3 0; in 2; out 3'
  },
  'refused-then-data-kills-session': {
    verdict: 'unstable',
    why: 'racy; ours records the refused id and swallows what follows (B3)',
    client: 'open 3; out 0; open 5; out 2; send 5 x; out 3; in 1; do abort 5 SESSION_GONE_AWAY none retryable, drain SESSION_GONE_AWAY none retryable',
    server: 'in 0; do accept 3; goaway none; sends goaway 3 0; in 2 3; sends rst 5 6'
  },
  'refused-then-fin-or-rst-kills-session': {
    verdict: 'unstable',
    why: 'racy; ours records the refused id and swallows what follows (B3)',
    client: 'open 3; out 1; reset 3 cancel; out 2; in 0; do drain SESSION_GONE_AWAY none retryable',
    server: 'goaway none; sends goaway 1 0; in 1 2; sends rst 3 6'
  },
  'session-close': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; send 3 hello; out 0 1; in 2; close; do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0 1; do accept 3, deliver 3 "hello"; consume 3 5; in 3; do drain SESSION_GONE_AWAY none retryable; end; ' +
      'do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 2 *'
  },
  'session-close-by-server': {
    verdict: 'differs',
    why: `${WELL_FORMED}; an end in good order is answered in good order`,
    client: 'in 0; do drain SESSION_GONE_AWAY none retryable; end; do close; sends goaway 0 0',
    server: 'close; do close; sends goaway 1 0'
  },
  'session-close-after-goaway': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'in 0; do drain SESSION_GONE_AWAY flowControl retryable',
    server: 'goaway flowControl; sends goaway 1 3; close; do close'
  },
  'session-close-received': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY none retryable; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 0 2 *',
    server: 'in 0; do accept 3; goaway none; out 1; in 2; do drain SESSION_GONE_AWAY internal retryable'
  },
  'transport-eof': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; out 0; in 1; do drain SESSION_GONE_AWAY internal retryable',
    server: 'in 0; do accept 3; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 2 *'
  },
  'transport-eof-mid-header': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'in 1; do drain SESSION_GONE_AWAY internal retryable',
    server: 'in 0; end; do close PEER_EOF; sends goaway 1 2 *'
  },
  'transport-eof-mid-data-with-fin': {
    verdict: 'differs',
    why: `${WELL_FORMED}; a frame cut off does not finish its stream (B15)`,
    client: 'open 3; out 0; in 2; do drain SESSION_GONE_AWAY internal retryable',
    server: 'in 0 1; do accept 3, deliver 3 "abc"; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 2 *'
  },
  'complete-stream-then-transport-close': {
    verdict: 'differs',
    why: WELL_FORMED,
    client: 'open 3; send 3 hello; finish 3; out 0 1; in 2; do drain SESSION_GONE_AWAY internal retryable',
    server: 'in 0 1; do accept 3, deliver 3 "hello", finish 3; end; do abort 3 PEER_EOF peerEof, close PEER_EOF; sends goaway 3 2 *'
  },
  'kill': { verdict: 'equal', client: 'open 3; out 0', server: 'in 0; do accept 3' },
  'heartbeat-exchange': {
    verdict: 'unstable',
    why: 'two clocks decide the order',
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; in 1 2; do accept 2 type 4294967039 priority 2147483647, ' +
      'deliver 2 <00000000>; send 3 <00000000>; out 3; consume 2 4; in 5 6; do deliver 3 <00000000>; send 2 <00000000>; out 7; in 8; ' +
      'send 3 <00000000>; out 10; in 11 12 14; do deliver 3 <00000000>, deliver 2 <00000000>; send 2 <00000000>; out 16; in 17 18; ' +
      'do drain SESSION_GONE_AWAY none retryable',
    server: 'open 2 priority 2147483647 type 4294967039; out 1; in 0; do accept 3 type 4294967039 priority 2147483647; ' +
      'send 2 <00000000>; out 2; in 3 4; do deliver 3 <00000000>; send 3 <00000000>; out 6; in 7; do deliver 2 <00000000>; in 9 10; ' +
      'do deliver 3 <00000000>; in 13 15 16; do deliver 2 <00000000>'
  },
  'heartbeat-first-app-stream-id': {
    verdict: 'unstable',
    why: 'the application and the heartbeat race for the first id',
    options: HEARTBEAT_1,
    client: 'open 3; open 5 priority 2147483647 type 4294967039; out 0 1',
    server: 'in 0 1; do accept 3, accept 5 type 4294967039 priority 2147483647'
  },
  'heartbeat-default-timing': {
    verdict: 'differs',
    why: WELL_FORMED,
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; send 3 <00000000>; out 1; close; ' +
      'do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0 1; do accept 3 type 4294967039 priority 2147483647, deliver 3 <00000000>; in 2; do drain SESSION_GONE_AWAY none retryable'
  },
  'heartbeat-interval-when-answered': {
    verdict: 'differs',
    why: BATCHED,
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; send 3 <00000000>; out 1; in 2; do deliver 3 <00000000>; consume 3 4; ' +
      'send 3 <00000000>; out 4; in 5; do deliver 3 <00000000>; consume 3 4; send 3 <00000000>; out 7; in 8; do deliver 3 <00000000>',
    server: 'in 0 1; do accept 3 type 4294967039 priority 2147483647, deliver 3 <00000000>; send 3 <00000000>; out 2; in 3 4; ' +
      'do deliver 3 <00000000>; send 3 <00000000>; out 5; in 6 7; do deliver 3 <00000000>; send 3 <00000000>; out 8; in 9'
  },
  'heartbeat-wrong-echo': {
    verdict: 'differs',
    why: `${WELL_FORMED}; ${BATCHED}`,
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; send 3 <00000000>; out 1; in 2; do deliver 3 <00000001>; close; ' +
      'do abort 3 SESSION_CLOSED none, close; sends goaway 0 0',
    server: 'in 0 1; do accept 3 type 4294967039 priority 2147483647, deliver 3 <00000000>; send 3 <00000001>; out 2; in 3 4; ' +
      'do drain SESSION_GONE_AWAY none retryable'
  },
  'heartbeat-fin-received': {
    verdict: 'unstable',
    why: 'the order of the SYNs varies',
    options: HEARTBEAT_1,
    client: 'in 0 1; do accept 2 type 4294967039 priority 2147483647, finish 2; open 3 priority 2147483647 type 4294967039; out 2',
    server: 'open 2 priority 2147483647 type 4294967039; out 0; finish 2; out 1; in 2; do accept 3 type 4294967039 priority 2147483647; ' +
      'in 3; do drain SESSION_GONE_AWAY none retryable'
  },
  'heartbeat-echo-to-peer': {
    verdict: 'unstable',
    why: 'the order of echo and credit varies',
    options: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; in 1 2; do accept 2 type 4294967039 priority 2147483647, ' +
      'deliver 2 <cafebabe>; send 2 <cafebabe>; out 4; in 5 6; do deliver 2 <01020304>; send 2 <01020304>; out 9',
    server: 'in 0; do accept 3 type 4294967039 priority 2147483647; open 2 priority 2147483647 type 4294967039; out 1; ' +
      'send 2 <cafebabe>; out 2; in 3 4; do deliver 2 <cafebabe>; send 2 <0102>; out 5; send 2 <0304>; out 6; in 7 8 9; ' +
      'do deliver 2 <01020304>'
  },
  'heartbeat-peer-without-extension': {
    verdict: 'differs',
    why: `${WELL_FORMED}; whether a session survives without heartbeat is the host's affair`,
    clientOptions: HEARTBEAT_1,
    client: 'open 3 priority 2147483647 type 4294967039; out 0; in 1; do abort 3 STREAM_RESET streamClosed; close; do close; sends goaway 0 0',
    server: 'in 0; out 1; in 2; do drain SESSION_GONE_AWAY none retryable'
  },
  'heartbeat-second-stream-blocks-reader': {
    verdict: 'differs',
    why: `a second heartbeat stream blocks nothing; ${BATCHED}`,
    options: HEARTBEAT_1,
    client: 'in 0; do accept 2 type 4294967039 priority 2147483647; open 3 priority 2147483647 type 4294967039; out 1; send 3 <00000000>; ' +
      'out 2; in 3 4; do deliver 3 <00000000>; open 5 priority 2147483647 type 4294967039; out 5; send 3 <00000000>; out 6',
    server: 'open 2 priority 2147483647 type 4294967039; out 0; in 1 2; do accept 3 type 4294967039 priority 2147483647, ' +
      'deliver 3 <00000000>; consume 3 4; send 3 <00000000>; out 4; in 5 6; do accept 5 type 4294967039 priority 2147483647, ' +
      'deliver 3 <00000000>'
  },
  'extension-type-unregistered': {
    verdict: 'equal',
    clientOptions: { extensions: [0xfffffeff, 0xffffffff] },
    client: 'open 3 type 4294967039; out 0; in 1; do abort 3 STREAM_RESET streamClosed; open 5 type 4294967038; out 3; ' +
      'open 7 type 4294967295; out 4; in 5; do abort 7 STREAM_RESET streamClosed',
    server: 'in 0; out 1; in 2 3; do accept 5 type 4294967038; in 4; out 5'
  },
  'accept-queue-full': {
    verdict: 'differs',
    why: `${WELL_FORMED}; the reader is never blocked by what nobody accepts`,
    client: 'in 3; do drain SESSION_GONE_AWAY protocol retryable',
    server: 'in 0 1; counts accept 101; in 2; counts abort 101, close 1; sends goaway 203 1 *'
  }
}
