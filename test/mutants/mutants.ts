/**
 * Faults put into our sources on purpose, one at a time, to show that the suites see them. Each is a small change of text in one file, made as
 * the file is loaded and never in the tree.
 *
 * @module
 */

/** One fault. */
export interface Mutant {
  readonly name: string
  /** What is wrong with it, as the end of "an end that ...". */
  readonly title: string
  /** Below packages/. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly search: string
  readonly replace: string
}

/** All of them. */
export const mutants: readonly Mutant[] = [
  {
    name: 'credit-lost',
    title: 'returns a byte less credit than was consumed',
    file: 'core/src/credit.ts',
    search: 'w.granting += w.consumed + growth',
    replace: 'w.granting += w.consumed + growth - (w.received > 9 ? 1 : 0)'
  },
  {
    name: 'credit-on-receipt',
    title: 'counts bytes as read when they come',
    file: 'core/src/inbound.ts',
    search: 'stream.unread += view.length',
    replace: 'stream.unread += view.length; giveCredit(end, stream, stream.typing > 0 ? 0 : view.length >> 1)'
  },
  {
    name: 'fin-dropped',
    title: 'forgets the FIN when the last bytes filled the window',
    file: 'core/src/outbound.ts',
    search: "const fin = stream.send === 'finishing' && size === stream.queued",
    replace: "const fin = stream.send === 'finishing' && size === stream.queued && (size === 0 || size < stream.credit)\n  if (size === stream.queued && size === stream.credit && size > 0 && stream.send === 'finishing') stream.send = 'open'"
  },
  {
    name: 'window-off-by-one',
    title: 'lets a peer send one byte more than its window',
    file: 'core/src/inbound.ts',
    search: 'if (length > stream.available)',
    replace: 'if (length > stream.available + 1)'
  },
  {
    name: 'over-credit',
    title: 'does not count a byte of what it sends',
    file: 'core/src/outbound.ts',
    search: 'stream.credit -= size',
    replace: 'stream.credit -= size > 7 ? size - 1 : size'
  },
  {
    name: 'starving-scheduler',
    title: 'never serves a low priority while a high one waits',
    file: 'core/src/scheduler.ts',
    search: 'this.#turn % TURNS === 0',
    replace: 'this.#turn % TURNS === TURNS'
  },
  {
    name: 'unfair-scheduler',
    title: 'puts a stream that has had its turn in front of its equals',
    file: 'core/src/scheduler.ts',
    search: 'if (stream.ready) return\n    stream.ready = true',
    replace: 'if (stream.ready) return\n    if (this.#levels.length > 1) return\n    stream.ready = true'
  },
  {
    name: 'wrong-parity',
    title: 'takes ids one apart',
    file: 'core/src/machine.ts',
    search: 'end.nextId += 2',
    replace: 'end.nextId += 1'
  },
  {
    name: 'goaway-last-id',
    title: 'names a last id that is one stream too low in its GOAWAY',
    file: 'core/src/end.ts',
    search: 'lastStreamId: end.lastServedId',
    replace: 'lastStreamId: Math.max(0, end.lastServedId - 2)'
  },
  {
    name: 'goaway-boundary',
    title: 'aborts the stream with the very last id of a GOAWAY',
    file: 'core/src/inbound.ts',
    search: 'stream.local && stream.id > lastStreamId',
    replace: 'stream.local && stream.id >= lastStreamId'
  },
  {
    name: 'wndinc-after-fin',
    title: 'returns credit to a peer that has finished',
    file: 'core/src/inbound.ts',
    search: "if (stream.receive !== 'open') stream.granting = 0\n  else if",
    replace: 'if'
  },
  {
    name: 'growth-past-max',
    title: 'grows a window past maxWindow',
    file: 'core/src/credit.ts',
    search: 'growth = Math.max(0, Math.min(w.window * 3, cap - w.window))',
    replace: 'growth = cap > w.window ? w.window * 3 : 0'
  },
  {
    name: 'growth-past-budget',
    title: 'grows windows past the memory budget',
    file: 'core/src/inbound.ts',
    search: 'stream.window + memoryBudget - end.committed)',
    replace: 'stream.window + memoryBudget)'
  },
  {
    name: 'reset-remembered-not',
    title: 'does not remember the first ids that it has reset',
    file: 'core/src/end.ts',
    search: 'if (forgotten.add(streamId).size > MAX_FORGOTTEN)',
    replace: 'if (streamId > 9 && forgotten.add(streamId).size > MAX_FORGOTTEN)'
  },
  {
    name: 'late-frames-storm',
    title: 'answers every late frame on a stream that it has reset',
    file: 'core/src/inbound.ts',
    search: 'else if (!late) {',
    replace: 'else {'
  },
  {
    name: 'syn-order',
    title: 'sends what it decided last first',
    file: 'core/src/outbound.ts',
    search: 'for (const item of control) {',
    replace: 'for (const item of [...control].reverse()) {'
  },
  {
    name: 'syn-unchecked',
    title: 'accepts a SYN on an id that was used',
    file: 'core/src/inbound.ts',
    search: 'streamId <= end.lastPeerId : end.streams.has(streamId)',
    replace: 'end.streams.has(streamId) : false'
  },
  {
    name: 'type-lost',
    title: 'forgets what has come of a type when it comes in pieces',
    file: 'core/src/inbound.ts',
    search: 'stream.type = stream.type * 256 + byteAt(view, at++)',
    replace: 'stream.type = (at === 0 ? 0 : stream.type * 256) + byteAt(view, at++)'
  },
  {
    name: 'reset-keeps-queue',
    title: 'goes on sending what was queued on a stream that was reset',
    file: 'core/src/end.ts',
    search: 'end.scheduler.remove(stream)',
    replace: 'if (stream.queued === 0) end.scheduler.remove(stream)'
  },
  {
    name: 'resume-lost',
    title: 'forgets a sender that waits for room when credit comes first',
    file: 'core/src/outbound.ts',
    search: '} else if (stream.credit > stream.queued) {\n    end.stalled.add(stream)\n  }',
    replace: '}'
  },
  {
    name: 'table-leak',
    title: 'keeps a stream whose peer finished first',
    file: 'core/src/end.ts',
    search: "if (stream.send === 'finished' && stream.receive === 'finished') remove(end, stream)",
    replace: "if (stream.send === 'finished' && stream.receive === 'finished' && stream.local) remove(end, stream)"
  },
  {
    name: 'partial-header',
    title: 'loses a byte when a header comes in two pieces of five and three',
    file: 'core/src/parser.ts',
    search: 'this.#held.set(chunk.subarray(at, at + size), this.#have)',
    replace: 'this.#held.set(chunk.subarray(at, at + size), this.#have === 5 ? 4 : this.#have)'
  },
  {
    name: 'eof-is-clean',
    title: 'takes the end of input for a clean end with streams open',
    file: 'core/src/machine.ts',
    search: 'if (application === 0 && ',
    replace: 'if ('
  },
  {
    name: 'accept-leaks',
    title: 'keeps an accept waiting that was given up',
    file: 'session/src/accept.ts',
    search: '() => { this.#waits.remove(waiting) }',
    replace: '() => {}'
  },
  {
    name: 'accept-not-ended',
    title: 'leaves those who wait for a stream waiting when the session ends',
    file: 'session/src/accept.ts',
    search: 'while (this.#waits.length > 0) this.#waits.shift()?.resolve(undefined)',
    replace: ''
  },
  {
    name: 'write-not-failed',
    title: 'leaves writers waiting when their stream dies',
    file: 'session/src/stream.ts',
    search: 'waiting.reject(error)',
    replace: 'if (!waiting) waiting.reject(error)'
  },
  {
    name: 'linger-for-ever',
    title: 'closes only when the transport has taken everything',
    file: 'session/src/session.ts',
    search: 'this.#within(this.#settings.lingerMs, this.#pump.drained(), this.#hurry.promise)',
    replace: 'this.#pump.drained()'
  },
  {
    name: 'signal-ignored',
    title: 'does not give up a read when its signal says so',
    file: 'session/src/wait.ts',
    search: 'reject(signal.reason)',
    replace: 'if (!signal.aborted) reject(signal.reason)'
  },
  {
    name: 'max-overrun',
    title: 'gives a reader that waits a byte more than it asked for',
    file: 'session/src/reading.ts',
    search: 'this.#take(this.#pull.max)',
    replace: 'this.#take(this.#pull.max + 1)'
  },
  {
    name: 'deaf-heartbeat',
    title: 'never finds a peer dead',
    file: 'core/src/heartbeat.ts',
    search: "this.stop()\n    return 'dead'",
    replace: 'this.alive(now)\n    return undefined'
  },
  {
    name: 'nervous-heartbeat',
    title: 'finds a peer dead that has sent something else than the answer',
    file: 'core/src/heartbeat.ts',
    search: "if (this.#state === 'waiting') this.deadline = now + this.#toleranceMs",
    replace: "if (this.#state === 'waiting' && now === this.#pingedAt) this.deadline = now + this.#toleranceMs"
  },
  {
    name: 'drain-too-early',
    title: 'takes a session for drained while one stream is left',
    file: 'session/src/session.ts',
    search: "this.#phase === 'draining' && this.#inUse === 0",
    replace: "this.#phase === 'draining' && this.#inUse <= 1"
  }
]
