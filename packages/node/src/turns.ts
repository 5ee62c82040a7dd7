/**
 * Turns that the connections of a process take in being read, so that each has its share of the process's time. Knows time and sizes; nothing of
 * sockets.
 *
 * @module
 */

// A read of 64 KiB may hold 7,000 frames and cause 10 ms of work, and Node gives a busy socket up to 32 reads before it looks at the next. Without
// turns, a peer that sends nothing but small frames leaves an honest connection a tenth of its throughput (`npm run test:adversary`). What counts
// is time, and not bytes or turns: a bulk reader has one read in each round of the event loop, which is 0.1 ms of work, while a piece of small frames
// is up to 1 ms. So whoever had more than the others waits until they had as much, or have nothing. The price is paid by connections that have much
// work for a process all at once.

/** Milliseconds of work that one may cause before the others are looked at. */
const TURN = 0.25

/** The same when nobody else has had anything for a while: looking costs some 5 us. */
const LONGEST_TURN = 4

/** Milliseconds of work that a piece should cause at most. More than a turn, since many small answers in one write are cheap; what is more is owed. */
const PIECE = 1

/** What a round counts for at least: a read of bulk and its work. Else a costly reader would wait for a cheap one, whose reads it only speeds up. */
const LEAST_ROUND = 0.1

/** Milliseconds that one may be ahead or behind at most: garbage may be collected in anybody's turn. */
const MOST_LEAD = 2

/** Milliseconds that newcomers may have to take over from those who are gone, all of them together. Arbitrary. */
const MOST_LEFT = 20

/** Bytes of the smallest piece, and of the first: what a piece costs is known only afterwards. */
const LEAST = 256

/** Bytes of the largest piece: what Node reads at once. */
const MOST = 65_536

/** Rounds of the event loop in which anybody had a piece, ever; how many had one, summed over them; and how many of those had more behind it. */
let rounds = 0
let served = 0
let backlogged = 0
let roundEnds = false

/** Milliseconds that connections which are gone had been ahead: newcomers take them over, or one would get rid of them by connecting anew. */
let left = 0

/** Who waits for the others. */
const waiting = new Set<Turn>()

function leave (ms: number): void {
  left = Math.min(left + ms, MOST_LEFT)
}

function endRound (): void {
  roundEnds = false
  rounds++
}

/** Where one connection stands. */
export class Turn {
  /** `working`: its last piece is being dealt with. `others`: the others are being looked at. `over`: it is gone. */
  state: 'ours' | 'working' | 'others' | 'over' = 'others'
  readonly #go: () => void
  /** Milliseconds that it had more than the average of the others, as far as that counts. */
  #lead = Math.min(left, MOST_LEAD)
  /** Milliseconds that this turn may take, and what of them is left. */
  #allowed = TURN
  #rest = TURN - this.#lead
  /** The round of its last piece. */
  #round = -1
  /** When it has looked last, later by what it had itself since; and what it has seen of the sums above, its own part included. */
  #seen = performance.now()
  #rounds = rounds
  #served = served
  #backlogged = backlogged
  /** When the last piece was handed out, its bytes, and what the next one may have. */
  #began = performance.now()
  /** Its last piece will be counted soon. */
  #counting = false
  #given = 0
  #size = LEAST

  /** @param go called when it is ours again; once at first, when what making the connection took is known */
  constructor (go: () => void) {
    this.#go = go
    left -= this.#lead
    this.done()
  }

  /** A piece of `bytes` is handed out, as far as it may be: returns how much of it. `done` must follow. `more` waits behind these. */
  take (bytes: number, more: boolean): number {
    this.state = 'working'
    const given = this.#given = Math.min(bytes, this.#size)
    if (this.#round !== rounds) {
      this.#round = rounds
      served++
      this.#served++
      if (more || given < bytes) {
        backlogged++
        this.#backlogged++
      }
      if (!roundEnds) {
        roundEnds = true
        setImmediate(endRound)
      }
    }
    this.#began = performance.now()
    return given
  }

  /** The piece is dealt with, but for what it has woken. */
  done (): void {
    if (this.#counting) return
    this.#counting = true
    // Behind all microtasks, and behind the flush of what was answered, which comes at the next tick
    process.nextTick(this.#later)
  }

  /** Nothing more will be read. */
  end (): void {
    if (this.state === 'over') return
    if (this.state === 'working') this.done()
    this.state = 'over'
    waiting.delete(this)
    leave(Math.max(0, this.#lead))
  }

  readonly #later = (): void => {
    process.nextTick(this.#account)
  }

  readonly #account = (): void => {
    this.#counting = false
    const ms = performance.now() - this.#began
    const most = Math.max(PIECE, this.#allowed)
    if (ms > most) this.#size = Math.max(LEAST, Math.floor(this.#given * most / ms))
    else if (ms * 2 < most && this.#given === this.#size) this.#size = Math.min(this.#size * 2, MOST)
    if (this.state === 'over') {
      leave(ms)
      return
    }
    this.#seen += ms
    this.#rest -= ms
    this.#weigh(ms)
    if (this.#rest > 0) {
      this.state = 'ours'
      this.#go()
    } else {
      this.state = 'others'
      waiting.add(this)
      setImmediate(this.#look)
    }
  }

  /** Another round has gone by. */
  readonly #look = (): void => {
    if (this.state !== 'others') return
    const before = this.#lead
    const were = this.#backlogged
    const alone = !this.#weigh(0)
    // Whoever has all that it wants need not catch up
    if (!alone) this.#lead = Math.min(this.#lead, before - (backlogged === were ? TURN : LEAST_ROUND))
    if (alone ? this.#anyBehind() : this.#lead >= TURN) {
      setImmediate(this.#look)
      return
    }
    // Back to the least as soon as somebody else has had something
    this.#allowed = alone ? Math.min(this.#allowed * 2, LONGEST_TURN) : TURN
    this.#rest = this.#allowed
    waiting.delete(this)
    this.state = 'ours'
    this.#go()
  }

  /** It had `ms`: more or less than the others meanwhile? Returns whether they had anything. */
  #weigh (ms: number): boolean {
    const others = served - this.#served
    let lead = this.#lead + ms
    if (others > 0) {
      // What each of them had, if they were as many in every round; reading sockets and looking round are work for them as well
      lead -= (performance.now() - this.#seen) / Math.max(1, others / Math.max(1, rounds - this.#rounds))
      this.#served = served
      this.#backlogged = backlogged
      this.#allowed = TURN
    }
    this.#seen = performance.now()
    this.#rounds = rounds
    this.#lead = Math.max(-MOST_LEAD, Math.min(lead, MOST_LEAD))
    return others > 0
  }

  #anyBehind (): boolean {
    for (const other of waiting) if (other.#lead < this.#lead) return true
    return false
  }
}
