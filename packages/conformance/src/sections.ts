/**
 * What the sections of docs/PROTOCOL.md are called, for reports.
 *
 * @module
 */

/** Titles by number. */
export const SECTIONS: Readonly<Record<string, string>> = {
  '1.1': 'What it is',
  '1.3': 'Notation',
  '2.1': 'Choosing a dialect',
  '2.2': 'Header of wire 1',
  '2.3': 'Frames of wire 1',
  '2.5': 'Frames of wire 2',
  '2.6': 'Parsing',
  '2.7': 'Malformed and misplaced frames',
  '3.1': 'Parity',
  '3.2': 'Order',
  '3.3': 'Idle, live, closed, forgotten and skipped ids',
  '3.4': 'Exhaustion',
  '4.1': 'Opening',
  '4.2': 'Accepting and refusing',
  '4.3': 'Sending half',
  '4.4': 'Receiving half',
  '4.5': 'Finishing',
  '4.6': 'Reset',
  '4.7': 'Late frames',
  '4.8': 'Pairs of half states',
  '5.1': 'Windows',
  '5.2': 'Returning credit',
  '5.3': 'Being short of credit',
  '5.4': 'Window growth',
  '5.5': 'Sending order',
  '5.6': 'Over the window',
  '6.1': 'Reasons',
  '6.3': 'Which fault ends what',
  '7.1': 'States',
  '7.2': 'The end of the transport',
  '8.1': 'GOAWAY and the last stream id',
  '8.2': 'Sending',
  '8.3': 'Receiving',
  '8.4': 'Closing and dying',
  '8.5': 'End of the transport',
  '9.1': 'Types and the reserved range',
  '9.2': 'Types in band',
  '9.3': 'Heartbeat',
  '10.2': 'Attacks',
  '10.3': 'Time and budgets'
}
