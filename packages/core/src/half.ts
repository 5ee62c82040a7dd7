/**
 * The life of one direction of one stream, as tables. Knows nothing of frames, credit or the other half.
 *
 * @module
 */

/**
 * The half we send on (spec 4.3): `open` takes bytes, `finishing` has bytes or a FIN still to transmit, `finished` has sent its FIN, `reset` is
 * dead.
 */
export type SendState = 'open' | 'finishing' | 'finished' | 'reset'

/** What happens to a sending half: the application sends or finishes, the FIN goes out, either end resets. */
export type SendInput = 'send' | 'finish' | 'flushed' | 'reset'

/** The half we receive on (spec 4.4): `open` may get bytes, `finished` has had its FIN, `reset` is dead. */
export type ReceiveState = 'open' | 'finished' | 'reset'

/** What happens to a receiving half: payload, a FIN, either end resets. */
export type ReceiveInput = 'data' | 'fin' | 'reset'

/** Rows are states, columns are inputs: the next state, where there is one. `Always` are inputs that every state takes. */
type Table<State extends string, Input extends string, Always extends Input> = Record<State, Partial<Record<Input, State>> & Record<Always, State>>

/** Next state of a sending half; a missing cell is an error of the caller, API_SEND_AFTER_FINISH (spec 4.3). */
export const SEND: Table<SendState, SendInput, 'finish' | 'reset'> & { finishing: { flushed: SendState } } = {
  open: { send: 'open', finish: 'finishing', reset: 'reset' },
  finishing: { finish: 'finishing', flushed: 'finished', reset: 'reset' },
  finished: { finish: 'finished', reset: 'reset' },
  reset: { finish: 'reset', reset: 'reset' }
}

/** Next state of a receiving half; a missing cell is an error of the peer, PEER_STREAM_CLOSED (spec 4.4). */
export const RECEIVE: Table<ReceiveState, ReceiveInput, 'reset'> & { open: { fin: ReceiveState } } = {
  open: { data: 'open', fin: 'finished', reset: 'reset' },
  finished: { fin: 'finished', reset: 'reset' },
  reset: { reset: 'reset' }
}
