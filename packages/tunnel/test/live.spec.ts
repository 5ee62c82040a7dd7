import { assert } from 'chai'
import { Display, sameFigures, showBytes, showFigures } from '../src/live.ts'

class Paper {
  text = ''
  readonly isTTY: boolean
  readonly columns = 30

  constructor (isTTY: boolean) {
    this.isTTY = isTTY
  }

  write (text: string): void {
    this.text += text
  }
}

describe('Display', () => {
  it('keeps the live line below what is said, on a terminal', () => {
    const paper = new Paper(true)
    const display = new Display(paper)
    display.live('one')
    display.say('said')
    display.live('two')
    assert.equal(paper.text, '\r\u001b[Kone\r\u001b[Ksaid\none\r\u001b[Ktwo')
  })

  it('cuts the live line to the width of the terminal', () => {
    const paper = new Paper(true)
    new Display(paper).live('x'.repeat(100))
    assert.equal(paper.text, `\r\u001b[K${'x'.repeat(29)}`)
  })

  it('writes nothing when the line is the same', () => {
    const paper = new Paper(true)
    const display = new Display(paper)
    display.live('one')
    display.live('one')
    assert.equal(paper.text, '\r\u001b[Kone')
  })

  it('writes plain lines where it is no terminal', () => {
    const paper = new Paper(false)
    const display = new Display(paper)
    display.live('one')
    display.say('said')
    display.settle()
    display.say('more')
    assert.equal(paper.text, 'one\nsaid\nmore\n')
    assert.isFalse(display.rewrites)
  })

  it('leaves the last live line standing when it settles', () => {
    const paper = new Paper(true)
    const display = new Display(paper)
    display.settle()
    display.live('one')
    display.settle()
    display.say('said')
    assert.equal(paper.text, '\r\u001b[Kone\n\r\u001b[Ksaid\n')
  })
})

describe('showFigures', () => {
  const figures = { agents: 1, streams: 1, requests: 12, bytesIn: 999, bytesOut: 1024 ** 3 * 1.5, rtt: 0.43 }

  it('is one line of streams, requests, bytes and the round trip', () => {
    assert.equal(showFigures(figures), '1 stream open · 12 requests · 999 B in · 1.50 GiB out · round trip 0.4 ms')
    assert.match(showFigures({ ...figures, rtt: undefined }), /round trip not measured yet$/)
    assert.match(showFigures({ ...figures, agents: 0 }), /no agent$/)
  })

  it('does not take heartbeats for news', () => {
    assert.isTrue(sameFigures(figures, { ...figures, bytesIn: 5000, rtt: 3 }))
    assert.isFalse(sameFigures(figures, { ...figures, requests: 13 }))
  })
})

describe('showBytes', () => {
  it('chooses a unit that leaves at most four digits', () => {
    assert.deepEqual([0, 999, 1000, 10240, 102400, 2 ** 20 * 1000, 2 ** 60].map(showBytes), ['0 B', '999 B', '0.98 KiB', '10.0 KiB', '100 KiB', '0.98 GiB', '1024 PiB'])
  })
})
