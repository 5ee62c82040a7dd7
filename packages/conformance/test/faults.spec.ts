import { dial, run } from '@muxado/conformance'
import { assert } from 'chai'
import { type Fault, faulty, type Host, type Passing, withBits, withField } from './help/faulty.ts'

const pass = (frame: Passing): readonly Buffer[] => [frame.bytes]
/** Frames of a type go missing. */
const lose = (type: Passing['type']) => (frame: Passing): readonly Buffer[] => frame.type === type ? [] : pass(frame)
const change = (type: Passing['type'], how: (frame: Passing, host: Host) => readonly Buffer[]) =>
  (frame: Passing, host: Host): readonly Buffer[] => frame.type === type ? how(frame, host) : pass(frame)
const isLive = (frame: Passing, { machine }: Host): boolean => machine.snapshot().streams.some(({ id }) => id === frame.id)

/** What is wrong, in which dialect, and the case that has to notice. */
const faults: ReadonlyArray<readonly [what: string, wire: 1 | 2, id: string, fault: Fault]> = [
  ['sends more than the window', 1, '5.1-window-is-kept', { options: { window: 131_072 } }],
  ['sends a byte more than the window', 2, '5.1-window-is-kept', { options: { window: 262_145 } }],
  ['takes less than the window', 1, '5.1-window-is-granted', { options: { window: 65_535 } }],
  ['never returns credit', 1, '5.2-credit-comes-back', { consume: 'never' }],
  ['returns credit for what nobody has read', 1, '5.2-credit-has-a-bound', { consume: 'at once' }],
  ['loses the credit that it is given', 1, '5.1-credit-of-2000', { inbound: lose('wndinc') }],
  ['takes the top bit of an increment for credit', 2, '1.3-increment-top-bit', {
    inbound: change('wndinc', (frame) => [withField(frame, 0, Math.min(frame.bytes.readUInt32BE(8), 0x7000_0000))])
  }],
  ['ignores credit beyond the window', 2, '5.4-credit-beyond-the-window', {
    inbound: change('wndinc', (frame) => frame.bytes.readUInt32BE(8) > 262_144 ? [] : pass(frame))
  }],
  ['credits each read', 1, '5.2-not-for-each-read', {
    inbound: change('data', (frame, host) => {
      const credit = Buffer.from('0004000400000000' + '00000005', 'hex')
      credit.writeUInt32BE(frame.id, 4)
      host.say(credit)
      return pass(frame)
    })
  }],
  ['stops reading while an answer waits', 1, '5.1-streams-have-windows-of-their-own', { stopsReading: true }],
  ['never finishes its half', 1, '4.1-open-and-finish', { finish: 'never' }],
  ['finishes before it has said all', 2, '4.3-fin-behind-all-payload', { finish: 'at once' }],
  ['changes a byte', 1, '4.5-answer-in-order', { echo: (payload) => payload.length === 1000 ? Buffer.alloc(1000) : payload }],
  ['hands payload on by the frame', 2, '2.6-body-handed-on', { inbound: pass }],
  ['sends a reserved bit', 1, '1.3-reserved-bits-sent', { outbound: change('data', (frame) => [withBits(frame, 4, 0x80)]) }],
  ['sends an unknown flag', 2, '1.3-reserved-bits-sent', { outbound: change('wndinc', (frame) => [withBits(frame, 3, 4)]) }],
  ['takes the top bit for a part of the id', 1, '1.3-stream-id-top-bit', { inbound: (frame) => frame.id > 0x7fffffff ? [] : pass(frame) }],
  ['takes a SYN of its own parity', 1, '3.1-parity', { inbound: (frame) => frame.type === 'syn' && frame.id % 2 === 0 ? [] : pass(frame) }],
  ['takes a second SYN', 2, '3.2-syn-repeated', { inbound: (frame, host) => frame.type === 'syn' && isLive(frame, host) ? [] : pass(frame) }],
  ['takes SYNs in any order', 1, '3.2-syn-below', {
    inbound: change('syn', (frame, host) => {
      const highest = host.notes.get(0) ?? 0
      host.notes.set(0, Math.max(highest, frame.id))
      return frame.id < highest ? [] : pass(frame)
    })
  }],
  ['knows no reset', 1, '4.6-rst-stops-the-answer', { inbound: lose('rst') }],
  ['answers RST with RST', 2, '4.6-rst-is-not-answered', {
    inbound: change('rst', (frame, host) => {
      host.say(withField(frame, 0, 4))
      return pass(frame)
    })
  }],
  ['resets with another reason', 1, '2.7-data-on-closed-id', { outbound: change('rst', (frame) => [withField(frame, 0, 2)]) }],
  ['resets twice', 2, '4.7-each-id-once', { outbound: change('rst', (frame) => [frame.bytes, frame.bytes]) }],
  ['keeps its resets to itself', 1, '5.6-over-the-window', { outbound: lose('rst') }],
  ['has no room for a hundred streams', 1, '4.2-many-streams', { options: { maxInbound: 50 } }],
  ['numbers reasons as the other dialect does', 1, '2.7-rst-length-3', {
    outbound: change('goaway', (frame) => [withField(frame, 1, frame.bytes.readUInt32BE(12) === 5 ? 8 : frame.bytes.readUInt32BE(12))])
  }],
  ['dies without a word', 1, '2.7-syn-length-1', { outbound: lose('goaway') }],
  ['names a last id that it has not seen', 1, '8.1-last-id', { outbound: change('goaway', (frame) => [withField(frame, 0, frame.bytes.readUInt32BE(8) + 2)]) }],
  ['counts debug that it does not send', 1, '8.2-length', {
    outbound: change('goaway', (frame) => [Buffer.concat([Buffer.from([0, 16 + frame.bytes.length - 16]), frame.bytes.subarray(2, 16)])])
  }],
  ['talks on behind its last word', 2, '8.4-goaway-is-last', {
    outbound: change('goaway', (frame) => [frame.bytes, Buffer.from('0000042000000003' + '00000001', 'hex')])
  }],
  ['keeps the transport when it has died', 1, '2.7-unknown-type-7', { death: 'keeps the transport' }],
  ['dies of an empty frame', 1, '2.7-empty-on-live-stream', { inbound: change('data', (frame) => frame.bytes.length === 8 ? [Buffer.alloc(8)] : pass(frame)) }],
  ['dies of an unknown type', 2, '2.7-skipped-type-8', { inbound: change('other', () => [Buffer.alloc(8)]) }],
  ['ends its program when it is spoken to in HTTP', 1, '10.2-http', { death: 'ends the program' }],
  ['has no heartbeat', 1, '9.3-ping', { options: { extensions: [] } }],
  ['takes types for payload', 2, '9.2-type-alone', { options: { typed: false } }],
  ['tells of an error when it was told goodbye', 2, '8.5-torn-header', { outbound: change('goaway', (frame) => [withField(frame, 1, 15)]) }],
  ['forgets that it was told goodbye', 1, '8.5-odd-length', { inbound: lose('goaway') }],
  ['dies of what is left of a text', 2, '8.5-miscounted-text', { outbound: change('goaway', (frame) => [withField(frame, 1, 8)]) }],
  ['takes any fault behind a goodbye for its end', 1, '8.5-odd-with-a-stream', { outbound: change('goaway', (frame) => [withField(frame, 1, 0)]) }],
  ['ends at a GOAWAY', 1, '8.3-goaway', { inbound: change('goaway', () => [Buffer.alloc(8)]) }]
]

describe('faults that are put in', function () {
  this.timeout(20_000)

  for (const [what, wire, id, fault] of faults) {
    it(`notices an endpoint that ${what}, in wire ${wire}: ${id}`, async () => {
      const sound = await faulty(wire)
      const broken = await faulty(wire, fault)
      try {
        const settings = { wire, only: [id], timeoutMs: 3000 }
        const right = await run(dial(sound.url), settings)
        assert.deepInclude(right.results.find((result) => result.id === id), { id, outcome: 'passed' }, 'a sound endpoint passes')
        // Most of these faults are answers that do not come: the case waits for as long as it may.
        const wrong = await run(dial(broken.url), { ...settings, timeoutMs: 200 })
        assert.deepInclude(wrong.results.find((result) => result.id === id), { id, outcome: 'failed' }, 'a faulty one does not')
      } finally {
        await sound.close()
        await broken.close()
      }
    })
  }
})
