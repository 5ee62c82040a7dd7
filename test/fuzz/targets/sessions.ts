/**
 * The target `sessions`: what real peers sent, recorded in test/vectors, with its frames changed one by one.
 *
 * @module
 */
import { concat, pattern } from '../../support/bytes.ts'
import { loadVectors } from '../../support/vectors.ts'
import { drawSetting, judge, SETTING } from '../one-machine.ts'
import { Source } from '../source.ts'
import type { Target } from '../target.ts'

type Frame = Uint8Array<ArrayBuffer>

/** Longer recordings show nothing more and are slow. */
const MOST = 4_000

/** What one end sent in each scenario, by dialect and sender, cut into frames. */
const recorded = new Map<string, Frame[][]>()
for (const wire of [1, 2] as const) {
  for (const from of ['client', 'server'] as const) {
    const all = [...loadVectors(wire).values()].map((entries) => entries.filter((entry) => entry.from === from).flatMap((entry) => frames(wire, entry.bytes)))
    recorded.set(`${wire} ${from}`, all.filter((sent) => sent.length > 0 && concat(sent).length <= MOST))
  }
}

/** An entry may hold several frames, or the GOAWAY whose length lies (B1): what does not come out even stays in one piece. */
function frames (wire: 1 | 2, bytes: Frame): Frame[] {
  const cut: Frame[] = []
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at)
    const end = at + 8 + (view.byteLength < 8 ? 0 : wire === 1 ? view.getUint16(0) & 0x3fff : view.getUint32(0) >>> 8)
    if (view.byteLength < 8 || end > bytes.length) return [...cut, bytes.slice(at)]
    cut.push(bytes.slice(at, end))
    at = end
  }
  return cut
}

const IDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 101, 0x7fffffff, 0x80000003]
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 100, 65_536, 0x7fffff9b, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffeff]

/** Change a list of frames by what is drawn. */
function change (wire: 1 | 2, sent: Frame[], draws: Source): Frame[] {
  const at = draws.below(sent.length + 1)
  const one = sent[at]
  const operation = draws.below(12)
  if (operation === 0) {
    const others = recorded.get(`${wire} ${draws.pick(['client', 'server'])}`) ?? []
    return sent.toSpliced(at, 0, ...draws.pick(others).map((frame) => frame.slice()))
  }
  if (one === undefined) return sent
  const view = new DataView(one.buffer)
  const word = one.length < 8 ? 0 : view.getUint32(0)
  const set = (value: number): void => { if (one.length >= 8) view.setUint32(0, value) }
  switch (operation) {
    case 1: return sent.toSpliced(at, 1)
    case 2: return sent.toSpliced(at, 0, ...Array.from({ length: draws.pick([1, 2, 30]) }, () => one.slice()))
    case 3: return sent.toSpliced(at, 1).toSpliced(draws.below(sent.length), 0, one)
    case 4: {
      const id = draws.pick(IDS)
      if (one.length >= 8) view.setUint32(4, id)
      return sent
    }
    case 5:
      set((word ^ (wire === 1 ? draws.byte() << 8 : draws.byte() & 15)) >>> 0)
      return sent
    case 6:
      set((wire === 1 ? word & ~255 | draws.byte() : word & ~240 | (draws.byte() & 15) << 4) >>> 0)
      return sent
    case 7: {
      const length = draws.pick([0, 1, 3, 4, 5, 7, 8, 9, 12, 16, 17, 100, 16_383, 65_536, 70_000, 0xffffff])
      set((wire === 1 ? word & 0xffff | length << 16 : word & 255 | length << 8) >>> 0)
      return sent
    }
    case 8: {
      const offset = 8 + 4 * draws.below(3)
      const number = draws.pick(NUMBERS)
      if (offset + 4 <= one.length) view.setUint32(offset, number)
      return sent
    }
    case 9: {
      const body = pattern(draws.pick([0, 1, 2, 4, 5, 8, 30, 99, 100, 101, 400]))
      const made = concat([one.subarray(0, 8), body])
      if (made.length >= 8) new DataView(made.buffer).setUint32(0, (wire === 1 ? word & 0xffff | body.length << 16 : word & 255 | body.length << 8) >>> 0)
      return sent.toSpliced(at, 1, made)
    }
    case 10: return sent.toSpliced(at, 1, one.subarray(0, draws.below(one.length + 1)).slice())
    default: {
      const offset = draws.below(one.length + 1)
      if (offset < one.length) one[offset] = draws.byte()
      return sent
    }
  }
}

/** Ten bytes of setting, which scenario, then changes. */
export const sessions: Target = {
  name: 'sessions',
  title: 'recorded sessions of deployed peers, their frames changed',
  longest: 200,
  run (input, note) {
    const draws = new Source(input)
    const setting = drawSetting(draws)
    const wire = setting.options.wire ?? 1
    const from = setting.options.role === 'client' ? 'server' : 'client'
    let sent = draws.pick(recorded.get(`${wire} ${from}`) ?? []).map((frame) => frame.slice())
    for (let changes = 0; changes < 24 && !draws.spent; changes++) sent = change(wire, sent, draws)
    judge(setting, concat(sent.slice(0, 400)).subarray(0, 3 * MOST), note)
  },
  * seeds () {
    for (const [key, all] of recorded) {
      const [wire = '', from = ''] = key.split(' ')
      for (const [at] of all.entries()) {
        const setting = new Uint8Array(SETTING)
        setting[0] = (wire === '2' ? 1 : 0) + (from === 'client' ? 2 : 0) + 8
        yield [`${wire}-${from}-${at}`, concat([setting, Uint8Array.of(at)])]
      }
    }
  }
}
