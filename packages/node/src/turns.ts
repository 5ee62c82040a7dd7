/**
 * Turns that the connections of a process take in being read. Knows time and sizes; nothing of sockets.
 *
 * @module
 */

// A read of 64 KiB may hold 7,000 frames and cause 10 ms of work, and Node gives a busy socket up to 32 reads before it looks at the next. Without
// turns, a peer that sends nothing but small frames leaves an honest connection a tenth of its throughput (`npm run test:adversary`). The price is
// paid by connections that have much work for a process all at once: four, with 50 small streams each, lost some 15 % (Node 20, loopback, 2 cores).

/** Milliseconds of work that one may cause before the others are looked at, where there are others. */
const TURN = 0.25

/** The same when nobody else has had anything for a while: looking costs some 5 us. */
const LONGEST_TURN = 4

/** Milliseconds of work that a piece should cause at most. More than a turn, since many small answers in one write are cheap; what is more is owed. */
const PIECE = 1

/** Milliseconds that may be owed at most: garbage may be collected in anybody's turn. */
const DEBT = 2

/** Bytes of the smallest piece, and of the first: what a piece costs is known only afterwards. */
const LEAST = 256

/** Bytes of the largest piece: what Node reads at once. */
const MOST = 65_536

/** Pieces that were handed out to anybody. */
let handed = 0

/** Where one connection stands. */
export class Turn {
  /** `working`: its last piece is being dealt with. `others`: the others are being looked at. */
  state: 'ours' | 'working' | 'others' = 'ours'
  readonly #go: () => void
  /** What `handed` was when we looked last: whether we have been alone since. */
  #seen = 0
  /** Milliseconds that this turn may take, and that it has taken. */
  #allowed = TURN
  #spent = 0
  /** When the last piece was handed out, its bytes, and what the next one may have. */
  #began = 0
  #given = 0
  #size = LEAST

  /** @param go called when it is ours again */
  constructor (go: () => void) {
    this.#go = go
  }

  /** A piece of `bytes` is handed out, as far as it may be: returns how much of it. `done` must follow. */
  take (bytes: number): number {
    this.state = 'working'
    if (this.#seen !== handed) this.#allowed = TURN
    this.#seen = ++handed
    this.#given = Math.min(bytes, this.#size)
    this.#began = performance.now()
    return this.#given
  }

  /** The piece is dealt with, but for what it has woken. */
  done (): void {
    // Behind all microtasks
    process.nextTick(this.#account)
  }

  readonly #account = (): void => {
    const ms = performance.now() - this.#began
    const most = Math.max(PIECE, this.#allowed)
    if (ms > most) this.#size = Math.max(LEAST, Math.floor(this.#given * most / ms))
    else if (ms * 2 < most && this.#given === this.#size) this.#size = Math.min(this.#size * 2, MOST)
    this.#spent += ms
    this.#decide()
  }

  readonly #pass = (): void => {
    this.#spent = Math.min(this.#spent - this.#allowed, DEBT)
    // Back to the least as soon as somebody else has had something
    this.#allowed = Math.min(this.#allowed * 2, LONGEST_TURN)
    this.#decide()
  }

  #decide (): void {
    this.state = this.#spent < this.#allowed ? 'ours' : 'others'
    if (this.state === 'ours') this.#go()
    else setImmediate(this.#pass)
  }
}
