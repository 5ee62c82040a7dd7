/**
 * Plays one end of a recorded session from a script of a few words a step, so that a table of scenarios stays readable.
 *
 * Steps, separated by `;`:
 * `open ID [priority N] [type N] [finish]`, `opens N`, `send ID PAYLOAD [from OFFSET] [takes N]`, `finish ID`, `reset ID REASON`,
 * `consume ID N`, `goaway REASON [PAYLOAD]`, `close`, `end` (the transport's end), `fails CODE STEP` (the step throws that);
 * `in N N-M ...` feeds entries of the recording; `do A, B, ...` claims every action since, `counts TYPE N, ...` counts them;
 * `out N N-M ...` demands our bytes to equal those entries; `sends F, F, ...` states our frames where they differ; `skip` drops them.
 * PAYLOAD is text, `[N]` of the pattern, or `<hex>`; a `*` at the end of an expected item stands for anything.
 *
 * @module
 */
import { createMachine, type Action, type Machine, type MachineOptions, type MuxadoError, type Reason } from '@muxado/core'
import { assert } from 'chai'
import { ascii, concat, hex, pattern, toHex } from './bytes.ts'
import { frameText, readFrames } from './frames.ts'
import { actionTexts, drainBytes } from './text.ts'
import type { VectorEntry } from './vectors.ts'

/** More than any scenario sends, so that no flush cuts a frame that the Go peer sent in one piece. */
const FLUSH = 0x1000000

/** Which entries a script used, and how. */
export interface Used {
  readonly fed: Set<number>
  readonly equal: Set<number>
}

/** Run `script` as the end with `options`, against the entries of one scenario; throws an AssertionError at the first difference. */
export function replay (options: MachineOptions, script: string, entries: readonly VectorEntry[]): Used {
  const player = new Player(options, entries)
  for (const step of script.split(';').map((text) => text.trim()).filter((text) => text !== '')) player.step(step)
  player.step('do')
  player.step('sends')
  return player.used
}

class Player {
  readonly used: Used = { fed: new Set(), equal: new Set() }
  readonly #options: MachineOptions
  readonly #machine: Machine
  readonly #entries: readonly VectorEntry[]
  #actions: Action[] = []

  constructor (options: MachineOptions, entries: readonly VectorEntry[]) {
    this.#options = options
    this.#machine = createMachine(options)
    this.#entries = entries
  }

  step (step: string): void {
    const [name = '', ...words] = step.split(' ')
    const rest = words.join(' ')
    const machine = this.#machine
    const id = Number(words[0])
    switch (name) {
      case 'open': return assert.equal(machine.open(openOptions(words.slice(1))), id, step)
      case 'opens': return Array.from({ length: id }).forEach(() => machine.open())
      case 'send': return this.#send(step, words)
      case 'finish': return machine.finish(id)
      case 'reset': return machine.reset(id, reason(words[1]))
      case 'consume': return machine.consume(id, Number(words[1]))
      case 'goaway': return machine.goAway(reason(words[0]), words[1] === undefined ? undefined : payload(words[1], 0))
      case 'close': return this.#perform(machine.close())
      case 'end': return this.#perform(machine.receiveEnd())
      case 'fails': return this.#fails(words[0] ?? '', words.slice(1).join(' '))
      case 'in': return this.#feed(words)
      case 'do': return this.#claim(step, items(rest))
      case 'counts': return this.#count(step, items(rest))
      case 'out': return this.#equal(step, words)
      case 'sends': return compare(readFrames(this.#options.wire ?? 1, drainBytes(machine, FLUSH)).map(frameText), items(rest), step)
      case 'skip': return void drainBytes(machine, FLUSH)
      default: throw new Error(`no such step: ${step}`)
    }
  }

  #perform (actions: readonly Action[]): void {
    this.#actions.push(...actions)
  }

  #send (step: string, words: readonly string[]): void {
    const option = (name: string): number | undefined => words.includes(name) ? Number(words[words.indexOf(name) + 1]) : undefined
    const data = payload(words[1] ?? '', option('from') ?? 0)
    assert.equal(this.#machine.send(Number(words[0]), data), option('takes') ?? data.length, step)
  }

  #fails (code: string, step: string): void {
    try {
      this.step(step)
    } catch (error) {
      assert.equal((error as MuxadoError).code, code, step) // whatever else was thrown has no such code
      return
    }
    assert.fail(`${step} did not throw`)
  }

  #feed (words: readonly string[]): void {
    for (const entry of this.#pick(words)) {
      assert.notEqual(entry.from, this.#options.role, `entry ${entry.seq} is our own side's`)
      this.used.fed.add(entry.seq)
      this.#perform(this.#machine.receive(entry.bytes))
    }
  }

  #equal (step: string, words: readonly string[]): void {
    const entries = this.#pick(words)
    for (const entry of entries) {
      assert.equal(entry.from, this.#options.role, `entry ${entry.seq} is the other side's`)
      this.used.equal.add(entry.seq)
    }
    assert.equal(toHex(drainBytes(this.#machine, FLUSH)), toHex(concat(entries.map(({ bytes }) => bytes))), step)
  }

  #claim (step: string, expected: readonly string[]): void {
    compare(actionTexts(this.#actions), expected, step)
    this.#actions = []
  }

  #count (step: string, expected: readonly string[]): void {
    const counts = new Map<string, number>()
    for (const { type } of this.#actions) counts.set(type, (counts.get(type) ?? 0) + 1)
    compare([...counts].map(([type, count]) => `${type} ${count}`), expected, step)
    this.#actions = []
  }

  #pick (words: readonly string[]): VectorEntry[] {
    return words.flatMap((word) => {
      const [from = 0, to = from] = word.split('-').map(Number)
      return this.#entries.filter(({ seq, from: side }) => seq >= from && seq <= to && (to === from || side === this.#side(from)))
    })
  }

  #side (seq: number): string | undefined {
    return this.#entries.find((entry) => entry.seq === seq)?.from
  }
}

function items (text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}

function compare (actual: readonly string[], expected: readonly string[], step: string): void {
  const shown = actual.map((text, at) => {
    const wanted = expected[at] ?? ''
    return wanted.endsWith('*') && text.startsWith(wanted.slice(0, -1).trimEnd()) ? wanted : text
  })
  assert.deepEqual(shown, [...expected], step)
}

function openOptions (words: readonly string[]): { priority?: number, type?: number, finish?: boolean } {
  const options: { priority?: number, type?: number, finish?: boolean } = {}
  for (let at = 0; at < words.length; at++) {
    if (words[at] === 'finish') options.finish = true
    else if (words[at] === 'priority') options.priority = Number(words[++at])
    else options.type = Number(words[++at])
  }
  return options
}

function payload (text: string, from: number): Uint8Array<ArrayBuffer> {
  if (text.startsWith('[')) return pattern(Number(text.slice(1, -1)), from)
  return text.startsWith('<') ? hex(text.slice(1, -1)) : ascii(text)
}

function reason (word: string | undefined): Reason | undefined {
  if (word === undefined || !/^\d+$/.test(word)) return word as Reason | undefined // scripts name real reasons
  return Number(word)
}
