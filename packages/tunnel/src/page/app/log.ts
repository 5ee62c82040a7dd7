/**
 * The log of frames, which can be paused and filtered. Knows trace frames only.
 *
 * @module
 */
import type { TraceFrame } from '@muxado/session'
import { byId, make, say } from './dom.ts'

/** Frames that are remembered. */
const remembered = 5000

/** Lines that are shown. */
const shown = 200

interface Logged {
  readonly at: number
  readonly frame: TraceFrame
}

/** Remembers frames and shows those that match. */
export class Log {
  readonly #frames: Logged[] = []
  readonly #list = byId('frames', HTMLOListElement)
  readonly #note = byId('frames-note', HTMLElement)
  readonly #filter = byId('filter', HTMLInputElement)
  readonly #pause = byId('pause', HTMLButtonElement)
  readonly #start = performance.now()
  #state: 'running' | 'paused' = 'running'
  #seen = 0
  #drawn = -1

  constructor () {
    this.#pause.addEventListener('click', () => {
      this.#state = this.#state === 'running' ? 'paused' : 'running'
      this.#pause.setAttribute('aria-pressed', String(this.#state === 'paused'))
      this.#redraw()
    })
    this.#filter.addEventListener('input', () => { this.#redraw() })
    byId('clear', HTMLButtonElement).addEventListener('click', () => {
      this.#frames.length = 0
      this.#redraw()
    })
  }

  /** Take note of a frame. Called for each, so it does little. */
  record (frame: TraceFrame): void {
    this.#seen += 1
    if (this.#state === 'paused') return
    this.#frames.push({ at: performance.now() - this.#start, frame })
    // In bulk, since taking from the front moves all others.
    if (this.#frames.length > 2 * remembered) this.#frames.splice(0, remembered)
  }

  /** Show what is new, unless paused. */
  draw (): void {
    if (this.#state === 'paused' || this.#drawn === this.#seen) return
    this.#redraw()
  }

  #redraw (): void {
    this.#drawn = this.#seen
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '')
    const lines: string[] = []
    for (let i = this.#frames.length - 1; i >= 0 && lines.length < shown; i--) {
      const logged = this.#frames[i]
      if (logged === undefined) break
      const line = describe(logged)
      if (matches(line, words)) lines.push(line)
    }
    // Items are reused: a list that is made anew four times a second would lose what is selected in it.
    while (this.#list.children.length > lines.length) this.#list.lastElementChild?.remove()
    while (this.#list.children.length < lines.length) this.#list.append(make('li'))
    lines.forEach((line, i) => {
      const item = this.#list.children[i]
      if (item !== undefined) say(item, line)
    })
    const count = `${lines.length}${lines.length === shown ? ' newest' : ''} shown of ${this.#seen} frames`
    say(this.#note, this.#state === 'paused' ? `paused; ${count}` : count)
  }
}

/** A frame in one line: time, direction, type, stream, and what else it says. */
export function describe ({ at, frame }: Logged): string {
  const { direction, type, streamId, length } = frame
  const parts = [`${(at / 1000).toFixed(3)} ${direction.padEnd(3)} ${type.padEnd(6)} #${streamId}`, `${length} B`]
  if (frame.syn && type !== 'syn') parts.push('syn')
  if (frame.fin) parts.push('fin')
  if (frame.syn) parts.push(`priority ${frame.priority ?? 0}`)
  if (frame.increment !== undefined) parts.push(`+${frame.increment}`)
  if (frame.reason !== undefined) parts.push(`reason ${frame.reason}`)
  if (frame.lastStreamId !== undefined) parts.push(`last #${frame.lastStreamId}`)
  return parts.join(' ')
}

/** Whether each word is in the line; a `#5` is that stream alone, `-word` must not be there. */
export function matches (line: string, words: readonly string[]): boolean {
  const tokens = line.split(/\s+/)
  return words.every((word) => {
    const not = word.startsWith('-') && word.length > 1
    const wanted = not ? word.slice(1) : word
    return not !== (wanted.startsWith('#') ? tokens.includes(wanted) : line.includes(wanted))
  })
}
