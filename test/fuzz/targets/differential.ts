/**
 * The target `differential`: frames to our machine and to the published Go module, which must fare alike, but where it is known that they do not.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { concat, pattern } from '../../support/bytes.ts'
import { FrameReader, wire2 } from '../../support/frames.ts'
import { createRandom } from '../../support/random.ts'
import { explain } from '../differences.ts'
import { GoEnd } from '../go-end.ts'
import { alike, askOurs, type Outcome, outcomeText, PROBE, type Shape, WINDOW } from '../outcome.ts'
import { Source } from '../source.ts'
import type { Target } from '../target.ts'
import { seenText } from '../words.ts'

type Frame = Uint8Array<ArrayBuffer>

const MOST_FRAMES = 24
const IDS = [3, 2, 5, 4, 7, 6, 1, 0, 8, 9, 11, 0x7fffffff, 0x80000003, 0x80000002]
const NUMBERS = [1, 0, 4, 5, 9, WINDOW, 0x7fffffff - WINDOW, 0x7fffffff, 0x80000000, 0xffffffff]
const SIZES = [1, 0, 2, 4, 5, 30, WINDOW - 5, WINDOW, WINDOW + 1, 200]

/** The frames that bytes stand for: whole ones, though their lengths may be wrong for what they are. */
export function drawFrames (input: Uint8Array): { shape: Shape, frames: Frame[] } {
  const draws = new Source(input)
  const flags = draws.byte()
  const shape: Shape = { role: flags & 1 ? 'client' : 'server', opens: (flags & 2) !== 0 }
  const frames: Frame[] = []
  while (!draws.spent && frames.length < MOST_FRAMES) frames.push(drawFrame(draws))
  return { shape, frames }
}

function drawFrame (draws: Source): Frame {
  const kind = draws.below(10)
  const id = draws.pick(IDS)
  switch (kind) {
    case 0:
    case 1: return wire2.syn(id, { data: pattern(draws.pick([0, ...SIZES])), fin: draws.oneIn(4) })
    case 2:
    case 3:
    case 4: return wire2.data(id, pattern(draws.pick(SIZES)), draws.oneIn(3))
    case 5: return wire2.fin(id)
    case 6: return wire2.rst(id, draws.pick(NUMBERS))
    case 7: return wire2.credit(id, draws.pick(NUMBERS))
    case 8: return wire2.goaway(draws.pick(IDS), draws.pick(NUMBERS), pattern(draws.pick([0, 3, 8, 30, 65_536, 65_537])))
    default: return wire2.raw(draws.below(16), draws.below(16), draws.pick([0, id]), pattern(draws.pick([4, 8, ...SIZES])))
  }
}

/** Asks the other implementation. */
export type Ask = (shape: Shape, frames: readonly Frame[]) => Promise<Outcome>

/** What Go has made of the inputs that are kept: by how many of its frames it got. */
export type Answers = Record<string, Record<string, Outcome>>

const noted = new URL('../corpus/differential.json', import.meta.url)

/** What Go made of an input that is kept, without Go. */
export function askNotes (name: string): Ask {
  const answers = JSON.parse(readFileSync(noted, 'utf8')) as Answers // as `kept` writes it
  return async (_, frames) => {
    const answer = answers[name]?.[frames.length]
    if (answer === undefined) throw new Error(`ours answers ${frames.length} frames otherwise than before: \`npm run fuzz -- --target differential --keep\` asks Go again`)
    return answer
  }
}

let go: GoEnd | undefined

async function askGo (shape: Shape, frames: readonly Frame[]): Promise<Outcome> {
  if (go === undefined) throw new Error('not started')
  return go.ask(shape, concat(frames))
}

/** Frames in words. */
function words (frames: readonly Frame[]): string[] {
  const reader = new FrameReader(2)
  reader.push(concat(frames))
  return reader.frames.map(seenText)
}

/** Compare what becomes of frames; throws when nothing explains why it is not the same. */
export async function compare (input: Uint8Array, theirs: Ask, note?: (line: string) => void): Promise<string | undefined> {
  const { shape, frames } = drawFrames(input)
  const reader = new FrameReader(2)
  reader.push(concat(frames))
  if (reader.frames.some(({ id }) => (id & 0x7fffffff) === PROBE[shape.role])) return undefined
  note?.(`to a ${shape.role}${shape.opens ? ' that has opened a stream' : ''}:`)
  for (const text of words(frames)) note?.(`  ${text}`)
  const [ours, other] = [askOurs(shape, frames).outcome, await theirs(shape, frames)]
  note?.(`ours ${outcomeText(ours)}; Go ${outcomeText(other)}`)
  if (alike(ours, other)) return undefined
  for (let count = 1; count <= frames.length; count++) {
    const some = frames.slice(0, count)
    const { outcome, before } = askOurs(shape, some)
    const answer = await theirs(shape, some)
    if (alike(outcome, answer)) continue
    const frame = reader.frames[count - 1]
    const why = frame === undefined ? undefined : explain({ frame, earlier: reader.frames.slice(0, count - 1), before, ours: outcome, theirs: answer })
    const text = `${words(some).at(-1)} parts the two: ours ${outcomeText(outcome)}, Go ${outcomeText(answer)}`
    if (why === undefined) throw new Error(text)
    note?.(`${text}. Known: ${why.name} (${why.spec}): ${why.why}`)
    return why.name
  }
  throw new Error('they fare alike when asked again')
}

/** A byte that says which end is asked, then frames. */
export const differential: Target = {
  name: 'differential',
  title: 'frames of wire 2, to ours and to the published Go module, which must fare alike',
  longest: 100,
  async run (input, note) {
    await compare(input, askGo, note)
  },
  * seeds () {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed)
      yield [String(seed), Uint8Array.from({ length: 1 + 4 * (1 + seed % 12) }, () => random.below(256))]
    }
  },
  async start () {
    const started = await GoEnd.start()
    if (typeof started === 'string') return started
    go = started
    return undefined
  },
  stop () {
    go?.stop()
    go = undefined
  },
  async kept (inputs) {
    const why = await this.start?.()
    if (why !== undefined) throw new Error(why)
    const answers: Answers = {}
    for (const [name, input] of inputs) {
      const those: Record<string, Outcome> = answers[name] = {}
      await compare(input, async (shape, frames) => those[frames.length] = await askGo(shape, frames))
    }
    this.stop?.()
    const lines = Object.entries(answers).map(([name, those]) => `  ${JSON.stringify(name)}: ${JSON.stringify(those)}`)
    writeFileSync(noted, `{\n${lines.join(',\n')}\n}\n`)
  }
}
