/**
 * The table of streams: a row for each, changed in place. Knows the ledger and who owns a stream; knows no session.
 *
 * @module
 */
import type { Entry, Ledger } from '../ledger.ts'
import { byId, make, say, showBytes } from './dom.ts'
import type { Job } from './jobs.ts'
import { plot } from './plot.ts'

/** What the page knows of a stream beyond its frames. */
export interface Known {
  readonly title: string
  readonly job?: Job | undefined
  readonly stop?: (() => void) | undefined
}

interface Row {
  readonly row: HTMLTableRowElement
  readonly title: HTMLElement
  readonly bar: HTMLProgressElement
  readonly state: HTMLElement
  readonly windows: readonly [Meter, Meter]
  readonly bytes: HTMLElement
  readonly rate: HTMLElement
  readonly spark: HTMLCanvasElement
  readonly read: HTMLButtonElement
  readonly stop: HTMLButtonElement
}

interface Meter {
  readonly meter: HTMLMeterElement
  readonly text: HTMLElement
}

const states = { open: 'open', localClosed: 'sent all', remoteClosed: 'received all', closed: 'closed', reset: 'reset' } as const

/** Rows that are drawn; the rest is counted below. More would be slow, and nobody reads them. */
const maxRows = 60

const sparkSpan = 40

/** Types of the protocol's own streams (spec 9.1). */
const firstReserved = 0xfffffeff

/** The most urgent of all; what measures round trips has it. */
const highest = 0x7fffffff

/** Draws a ledger. */
export class Rows {
  readonly #body = byId('streams', HTMLTableSectionElement)
  readonly #more = byId('streams-more', HTMLParagraphElement)
  readonly #rows = new Map<number, Row>()

  /** Bring the table up to date. */
  draw (ledger: Ledger, known: ReadonlyMap<number, Known>): void {
    const entries = [...ledger.entries.values()]
    const alive = entries.filter(({ state }) => state !== 'closed' && state !== 'reset')
    const shown = new Set([...alive, ...entries.filter((entry) => !alive.includes(entry)).reverse()].slice(0, maxRows))
    for (const [id, { row }] of this.#rows) {
      const entry = ledger.entries.get(id)
      if (entry !== undefined && shown.has(entry)) continue
      row.remove()
      this.#rows.delete(id)
    }
    for (const entry of entries) if (shown.has(entry)) this.#update(entry, known.get(entry.id))
    say(this.#more, entries.length > shown.size ? `and ${entries.length - shown.size} more` : '')
  }

  /** Forget all: another session begins. */
  clear (): void {
    this.#rows.clear()
    this.#body.replaceChildren()
  }

  #update (entry: Entry, known: Known | undefined): void {
    const row = this.#rows.get(entry.id) ?? this.#add(entry)
    const { state } = entry
    const isOver = state === 'closed' || state === 'reset'
    row.row.classList.toggle('over', isOver)
    say(row.title, titleOf(entry, known))
    const progress = known?.job?.progress()
    row.bar.hidden = progress === undefined
    if (progress !== undefined) row.bar.value = progress.total === 0 ? 1 : progress.done / progress.total
    const isFull = !isOver && entry.receiveCredit <= 0 && state !== 'remoteClosed'
    say(row.state, isFull ? 'window full: waits for its reader' : states[state])
    row.state.dataset['state'] = isFull ? 'full' : state
    show(row.windows[0], entry.receiveCredit, entry.receiveWindow, 'in')
    show(row.windows[1], entry.sendCredit, entry.sendWindow, 'out')
    say(row.bytes, `${showBytes(entry.received)} in, ${showBytes(entry.sent)} out`)
    say(row.rate, `${showBytes(entry.rates.at(-1) ?? 0)}/s`)
    plot(row.spark, [{ values: entry.rates.slice(-sparkSpan), colour: 'in', fill: true }], sparkSpan)
    row.read.hidden = isOver || known?.job?.read === undefined || progress !== undefined
    row.read.onclick = () => { known?.job?.read?.() }
    row.stop.hidden = isOver || known?.stop === undefined
    row.stop.onclick = () => { known?.stop?.() }
  }

  #add (entry: Entry): Row {
    const title = make('span')
    const bar = make('progress')
    bar.max = 1
    bar.setAttribute('aria-label', `progress of stream ${entry.id}`)
    const state = make('span', 'state')
    const windows = [meter(entry.id, 'receive'), meter(entry.id, 'send')] as const
    const bytes = make('span')
    const rate = make('span', 'rate')
    const spark = make('canvas', 'spark')
    spark.setAttribute('aria-hidden', 'true')
    const read = make('button', 'small', 'Read')
    const stop = make('button', 'small', 'Stop')
    read.type = stop.type = 'button'
    read.setAttribute('aria-label', `read stream ${entry.id}`)
    stop.setAttribute('aria-label', `stop stream ${entry.id}`)
    const head = make('th', '', `${entry.id}`)
    head.scope = 'row'
    const row = make('tr', '', head,
      cell('What', title, bar), cell('State', state),
      cell('Window', ...windows.flatMap(({ meter: bar, text }) => [make('span', 'window', bar, text)])),
      cell('Priority', entry.priority === highest ? 'highest' : `${entry.priority}`), cell('Bytes', bytes), cell('Rate', rate, spark), cell('', read, stop))
    this.#body.prepend(row)
    const made = { row, title, bar, state, windows, bytes, rate, spark, read, stop }
    this.#rows.set(entry.id, made)
    return made
  }
}

function cell (label: string, ...children: Array<Node | string>): HTMLTableCellElement {
  const made = make('td', '', ...children)
  // Shown where the screen has no room for columns.
  made.dataset['label'] = label
  return made
}

function meter (id: number, way: 'receive' | 'send'): Meter {
  const made = make('meter')
  made.min = 0
  made.setAttribute('aria-label', `credit to ${way} on stream ${id}`)
  return { meter: made, text: make('small') }
}

function show ({ meter, text }: Meter, credit: number, window: number, way: string): void {
  meter.max = window
  meter.value = Math.max(0, credit)
  say(text, `${showBytes(Math.max(0, credit))} of ${showBytes(window)} ${way}`)
}

function titleOf (entry: Entry, known: Known | undefined): string {
  if (known !== undefined) return known.title
  if (entry.type >= firstReserved) return entry.priority === highest ? 'round trips of the session' : "the protocol's own"
  return entry.local ? 'a wish' : 'a request to this tab'
}
