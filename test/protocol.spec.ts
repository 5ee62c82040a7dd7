import { createMachine, type Machine, type MachineOptions } from '@muxado/core'
import { assert } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { ascii, concat, hex, toHex } from './support/bytes.ts'
import { loadVectors } from './support/vectors.ts'

const root = new URL('../', import.meta.url)
const text = readFileSync(new URL('docs/PROTOCOL.md', root), 'utf8')

/** The part of the specification from one heading to another. */
function part (from: string, to?: string): string {
  const start = text.indexOf(`\n${from}`)
  assert.isAtLeast(start, 0, from)
  return text.slice(start, to === undefined ? undefined : text.indexOf(`\n${to}`, start + 1))
}

/** The lines of one example: who speaks and what, `...` where payload is left out. */
function example (number: number): string[] {
  return part(`### C.${number} `, `### C.${number + 1} `).split('\n').filter(line => /^[CS] [0-9a-f]/.test(line)).map((line) => {
    const [bytes = ''] = line.slice(2).split(/ {2,}| (?=[A-Z])/)
    return `${line.slice(0, 1)} ${bytes.replaceAll(' ', '')}`
  })
}

/** Two machines that talk; what they say is written down in the notation of the examples. */
class Talk {
  readonly said: string[] = []
  readonly client: Machine
  readonly server: Machine
  readonly #wire: 1 | 2

  constructor (options: Omit<MachineOptions, 'role'>) {
    this.#wire = options.wire ?? 1
    this.client = createMachine({ role: 'client', ...options })
    this.server = createMachine({ role: 'server', ...options })
  }

  /** All that one end has to say now, written down. */
  says (who: 'C' | 'S', bytes: Uint8Array = concat((who === 'C' ? this.client : this.server).transmit(0x1000000))): Uint8Array {
    for (let at = 0; at < bytes.length;) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at)
      const size = 8 + (this.#wire === 1 ? view.getUint16(0) & 0x3fff : view.getUint32(0) >>> 8)
      const frame = bytes.subarray(at, at + size)
      this.said.push(size > 1_000 ? `${who} ${toHex(frame.subarray(0, 8))}...` : `${who} ${toHex(frame)}`)
      at += size
    }
    return bytes
  }

  /** One end says what it has to say, and the other takes it in. */
  passes (who: 'C' | 'S'): void {
    const bytes = this.says(who)
    for (const action of (who === 'C' ? this.server : this.client).receive(bytes)) assert.notEqual(action.type, 'close', JSON.stringify(action))
  }
}

/** A GOAWAY without its length and its text, which are the sender's own. */
const fixed = (line: string): string => line.slice(6, 34)

describe('docs/PROTOCOL.md', () => {
  it('has every section that the sources cite', () => {
    const sections = new Set(Array.from(text.matchAll(/^##+ (\d+(?:\.\d+)?) /gm), ([, number]) => number))
    const sources = ['core', 'session', 'node', 'tunnel'].flatMap((name) => {
      const folder = new URL(`packages/${name}/src/`, root)
      return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts')).map(file => new URL(file, folder))
    })
    let cited = 0
    for (const source of sources) {
      for (const [whole, list = ''] of readFileSync(source, 'utf8').matchAll(/\bspec (\d[\d., and]*\d|\d)/g)) {
        for (const [number] of list.matchAll(/\d+(\.\d+)?/g)) {
          assert.isTrue(sections.has(number), `${source.pathname} cites ${whole}`)
          cited++
        }
      }
    }
    assert.isAbove(cited, 50)
  })

  it('points to sections of its own that exist', () => {
    const sections = new Set(Array.from(text.matchAll(/^##+ (\d+\.\d+) /gm), ([, number]) => number))
    for (const [, list = ''] of text.matchAll(/\(((?:\d+\.\d+)(?:, \d+\.\d+)*)\)/g)) {
      for (const number of list.split(', ')) assert.isTrue(sections.has(number), number)
    }
  })

  for (const wire of [1, 2] as const) {
    it(`lists every recorded scenario of wire ${wire} once, and cites none that is not there`, () => {
      const scenarios = [...loadVectors(wire).keys()]
      const rows = part(`### B.${wire} `, wire === 1 ? '### B.2 ' : '## Appendix C').split('\n').filter(line => line.startsWith('| ')).slice(2)
      assert.sameMembers(rows.flatMap(row => row.split('|')[2]?.split(',').map(name => name.trim().replace('*', '')) ?? []), scenarios)
      const described = ['rst-replies-block-the-read-loop', 'close-blocks-when-peer-does-not-read']
      for (const [, name = ''] of part(`### A.${wire} `, `### A.${wire + 1} `).matchAll(/\[([a-z0-9-]+)\]/g)) assert.include([...scenarios, ...described], name)
    })
  }

  describe('worked examples', () => {
    const heartbeat = { 1: 0xfffffeff, 2: 0xffffffff } as const

    it('C.1: a request and its answer in wire 1', () => {
      const talk = new Talk({})
      const id = talk.client.open({ type: 7, priority: 1 })
      talk.client.send(id, ascii('hello'))
      talk.client.finish(id)
      talk.passes('C')
      talk.server.consume(id, 5)
      talk.server.send(id, ascii('world!'))
      talk.server.finish(id)
      talk.passes('S')
      assert.deepEqual(talk.said, example(1))
      assert.isEmpty([...talk.client.snapshot().streams, ...talk.server.snapshot().streams])
    })

    it('C.2: credit for 40,000 bytes', () => {
      const talk = new Talk({})
      const id = talk.client.open()
      talk.client.send(id, new Uint8Array(40_000))
      talk.passes('C')
      talk.server.consume(id, 40_000)
      talk.passes('S')
      assert.deepEqual(talk.said, example(2))
      assert.equal(talk.client.snapshot().streams[0]?.credit, 65_536)
    })

    it('C.3: a reset and what crosses it', () => {
      const talk = new Talk({})
      const id = talk.client.open()
      talk.client.send(id, ascii('abc'))
      talk.passes('C')
      talk.server.reset(id)
      const reset = talk.says('S')
      talk.client.send(id, ascii('def'))
      talk.passes('C')
      talk.client.finish(id)
      talk.passes('C')
      assert.deepEqual(talk.client.receive(reset).map(({ type }) => type), ['abort'])
      assert.isFalse(talk.server.wantsTransmit || talk.client.wantsTransmit)
      assert.deepEqual(talk.said, example(3))
    })

    it('C.4: draining', () => {
      const talk = new Talk({})
      const id = talk.client.open()
      talk.passes('C')
      talk.server.goAway()
      const away = talk.says('S')
      talk.client.open()
      talk.passes('C')
      assert.deepEqual(talk.client.receive(away).map(({ type }) => type), ['abort', 'drain'])
      talk.passes('S')
      talk.server.send(id, ascii('ok'))
      talk.server.finish(id)
      talk.passes('S')
      talk.client.finish(id)
      talk.passes('C')
      talk.client.close()
      talk.passes('C')
      assert.deepEqual(talk.server.receiveEnd(), [{ type: 'close' }])
      assert.isFalse(talk.server.wantsTransmit)
      assert.deepEqual(talk.said, example(4))
    })

    it('C.5: a long GOAWAY without debug and one with it', () => {
      const [lying = '', reset = '', honest = ''] = example(5).map(line => line.slice(2))
      const told = [lying + reset, honest].map((bytes) => {
        const words: string[] = []
        const machine = createMachine({ role: 'client', trace: ({ direction, type }) => { if (direction === 'in') words.push(type) } })
        machine.open()
        machine.open()
        machine.transmit()
        for (const action of machine.receive(hex(bytes))) words.push(action.type === 'drain' ? `drain '${toHex(action.debug)}'` : action.type)
        machine.reset(3)
        assert.deepEqual(machine.receiveEnd(), [{ type: 'close' }], 'between two frames')
        return words
      })
      assert.deepEqual(told, [['goaway', 'rst', 'abort', "drain ''"], ['goaway', 'abort', `drain '${toHex(ascii('maintenance'))}'`]])
    })

    for (const [number, wire] of [[6, 1], [12, 2]] as const) {
      it(`C.${number}: a heartbeat in wire ${wire}`, () => {
        const talk = new Talk({ wire, extensions: [heartbeat[wire]] })
        const id = talk.client.open({ type: heartbeat[wire], priority: 0x7fffffff })
        talk.passes('C')
        talk.client.send(id, hex('00000001'))
        talk.passes('C')
        talk.server.consume(id, 4)
        talk.server.send(id, hex('00000001'))
        talk.passes('S')
        assert.deepEqual(talk.said, example(number))
      })
    }

    it('C.7: a fatal fault', () => {
      const talk = new Talk({})
      const [syn = '', away = ''] = example(7)
      assert.deepEqual(talk.server.receive(hex(syn.slice(2))).map(({ type }) => type), ['close'])
      talk.says('S')
      assert.deepEqual(talk.said.map(fixed), [fixed(away)])
    })

    it('C.8: a request and its answer in wire 2', () => {
      const talk = new Talk({ wire: 2 })
      const id = talk.client.open({ type: 7 })
      talk.client.send(id, ascii('hello'))
      talk.client.finish(id)
      talk.passes('C')
      talk.server.consume(id, 5)
      talk.server.send(id, ascii('world!'))
      talk.server.finish(id)
      talk.passes('S')
      assert.deepEqual(talk.said, example(8))
    })

    it('C.9: credit in batches', () => {
      const talk = new Talk({ wire: 2, typed: false })
      const id = talk.client.open()
      talk.client.send(id, new Uint8Array(131_072))
      talk.passes('C')
      talk.server.consume(id, 65_536)
      assert.isFalse(talk.server.wantsTransmit)
      talk.server.consume(id, 65_536)
      talk.passes('S')
      assert.deepEqual(talk.said, example(9))
    })

    it('C.10: a GOAWAY that is not the last frame', () => {
      const talk = new Talk({ wire: 2, typed: false })
      const id = talk.client.open()
      talk.passes('C')
      talk.server.goAway('none', ascii('bye'))
      talk.passes('S')
      talk.server.send(id, ascii('ok'))
      talk.server.finish(id)
      talk.passes('S')
      assert.deepEqual(talk.said, example(10))
    })

    it('C.11: more than the window', () => {
      const talk = new Talk({ wire: 2, typed: false })
      const [large = '', , small = ''] = example(11)
      assert.isEmpty(talk.server.receive(talk.says('C', concat([hex(large.slice(2, 18)), new Uint8Array(262_145)]))))
      talk.passes('S')
      assert.deepEqual(talk.server.receive(talk.says('C', hex(small.slice(2)))).map(({ type }) => type), ['accept', 'deliver', 'finish'])
      talk.server.finish(5)
      talk.says('S')
      assert.deepEqual(talk.said, example(11))
    })
  })
})
