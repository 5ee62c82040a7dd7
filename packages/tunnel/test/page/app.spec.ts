// What the page makes of words, replies and frames; how it looks and acts is tried in browsers.
import { assert } from 'chai'
import { showBytes } from '../../src/page/app/dom.ts'
import { describe as showFrame, matches } from '../../src/page/app/log.ts'
import { showReply, splitArguments } from '../../src/page/app/redis-panel.ts'
import { site } from '../../src/page/app/site.ts'
import { RedisError } from '../../src/page/redis.ts'

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

describe('splitArguments', () => {
  it('parts at spaces, except in quotes', () => {
    assert.deepEqual(splitArguments('  SET  key "two words" "a \\"b\\" \\\\" ""'), ['SET', 'key', 'two words', 'a "b" \\', ''])
  })
})

describe('showReply', () => {
  it('shows each kind as redis-cli does', () => {
    assert.deepEqual(showReply(['OK', 3, null, [], bytes('a\nb'), new RedisError('ERR no'), [1]]), [
      '1)', '   OK', '2)', '   (integer) 3', '3)', '   (nil)', '4)', '   (empty)', '5)', '   a', '   b', '6)', '   (error) ERR no', '7)', '   1)', '      (integer) 1'
    ])
  })
})

describe('matches', () => {
  const line = showFrame({ at: 1234.5, frame: { direction: 'out', type: 'data', streamId: 5, length: 100, fin: true, syn: false } })

  it('wants every word, knows streams by their number, and takes no for an answer', () => {
    assert.equal(line, '1.234 out data   #5 100 B fin')
    for (const words of [[], ['data'], ['#5', 'fin'], ['-wndinc', 'out']]) assert.isTrue(matches(line, words), words.join(' '))
    for (const words of [['in', 'syn'], ['-'], ['#55'], ['#'], ['-data'], ['fin', '-#5']]) assert.isFalse(matches(line, words), words.join(' '))
  })

  it('shows what each kind of frame says', () => {
    const base = { direction: 'in', streamId: 3, length: 0, fin: false, syn: false } as const
    const shown = (frame: Parameters<typeof showFrame>[0]['frame']): string => showFrame({ at: 0, frame })
    assert.equal(shown({ ...base, type: 'syn', syn: true, priority: 9 }), '0.000 in  syn    #3 0 B priority 9')
    assert.equal(shown({ ...base, type: 'data', syn: true }), '0.000 in  data   #3 0 B syn priority 0')
    assert.equal(shown({ ...base, type: 'wndinc', increment: 70 }), '0.000 in  wndinc #3 0 B +70')
    assert.equal(shown({ ...base, type: 'goaway', reason: 'none', lastStreamId: 7 }), '0.000 in  goaway #3 0 B reason none last #7')
  })
})

describe('site', () => {
  const ask = async (path: string, init: RequestInit = {}, file?: File): Promise<Response> => await site(() => ({ text: 'hello', file }))(
    new Request(`http://tabs/t/demo${path}`, init), { name: 'demo', headers: new Headers() })

  it('serves the text, what it is sent, and the file', async () => {
    assert.equal(await (await ask('/')).text(), 'hello\n')
    assert.equal(await (await ask('/echo', { method: 'POST', body: 'back' })).text(), 'back')
    assert.equal(await (await ask('/file', {}, new File(['content'], 'f'))).text(), 'content')
    assert.equal((await ask('/file')).status, 404)
    assert.equal((await ask('/other')).status, 404)
  })

  it('gives every file and echo a type that no browser runs', async () => {
    assert.equal((await ask('/echo', { method: 'POST', body: '<script>' })).headers.get('content-type'), 'application/octet-stream')
    assert.equal((await ask('/file', {}, new File(['<script>'], 'f.html', { type: 'text/html' }))).headers.get('content-type'), 'application/octet-stream')
  })

  it('counts only for as long as somebody listens', async () => {
    const gone = new AbortController()
    const { body } = await ask('/count', { signal: gone.signal })
    const reader = body?.getReader()
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), '1 of 10\n')
    gone.abort()
    await reader?.cancel()
  })
})

describe('showBytes', () => {
  it('has three digits and a unit', () => {
    assert.deepEqual([0, 12.4, 999, 1000, 65_536, 2 ** 40].map(showBytes), ['0 B', '12 B', '999 B', '0.98 KiB', '64.0 KiB', '1.00 TiB'])
  })
})
