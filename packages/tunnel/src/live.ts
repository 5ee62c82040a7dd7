/**
 * What a running command shows: lines that stay, and one line of figures below them, rewritten in place where the output is a terminal.
 *
 * @module
 */

/** What there is to show of a running entrance. */
export interface Figures {
  /** Agents that have joined. */
  readonly agents: number
  /** Streams that carry a request now. */
  readonly streams: number
  /** Requests taken so far. */
  readonly requests: number
  /** Bytes from clients to the origin, over muxado. */
  readonly bytesIn: number
  /** Bytes from the origin to clients, over muxado. */
  readonly bytesOut: number
  /** Milliseconds, of the newest agent. */
  readonly rtt: number | undefined
}

/** Where to write: `process.stdout`, or what a test gives. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write (text: string): unknown
}

/** Lines and a live line on one output. */
export class Display {
  readonly #out: Output
  #shown = ''
  #last = ''

  constructor (out: Output) {
    this.#out = out
  }

  /** Print a line that stays. */
  say (line: string): void {
    if (this.#out.isTTY === true) this.#out.write(`\r\u001b[K${line}\n${this.#shown}`)
    else this.#out.write(`${line}\n`)
  }

  /**
   * Show `line` below all else. Where that cannot be rewritten, print it as a line, but only when it differs from the one before.
   */
  live (line: string): void {
    if (line === this.#last) return
    this.#last = line
    if (this.#out.isTTY !== true) {
      this.#out.write(`${line}\n`)
      return
    }
    // A line that wraps could not be rewritten.
    this.#shown = line.slice(0, Math.max(0, (this.#out.columns ?? 80) - 1))
    this.#out.write(`\r\u001b[K${this.#shown}`)
  }

  /** Leave the live line where it is; what is said next comes below it. */
  settle (): void {
    if (this.#out.isTTY === true && this.#shown !== '') this.#out.write('\n')
    this.#shown = ''
  }

  /** Whether a live line costs no paper. */
  get rewrites (): boolean {
    return this.#out.isTTY === true
  }
}

/** The live line. */
export function showFigures (figures: Figures): string {
  const { agents, streams, requests, bytesIn, bytesOut, rtt } = figures
  const trip = agents === 0 ? 'no agent' : rtt === undefined ? 'round trip not measured yet' : `round trip ${showMs(rtt)}`
  return `${plural(streams, 'stream')} open · ${plural(requests, 'request')} · ${showBytes(bytesIn)} in · ${showBytes(bytesOut)} out · ${trip}`
}

/** The live line without what changes by itself, to see whether anything has happened. */
export function sameFigures (a: Figures, b: Figures): boolean {
  return a.agents === b.agents && a.streams === b.streams && a.requests === b.requests
}

/** Bytes with a unit, as people read them. */
export function showBytes (bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit]}`
}

function showMs (ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`
}

function plural (count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
