import { once } from 'node:events'
import * as http from 'node:http'
import { Script } from 'node:vm'
import { assert } from 'chai'
import { page } from '../src/demo/page.ts'
import { script } from '../src/demo/script.ts'
import { parseSize, startDemo } from '../src/demo/site.ts'
import { ask, closeAll, onClose } from './help/tunnel.ts'

async function demo (): Promise<string> {
  const site = await startDemo()
  onClose(async () => { await site.close() })
  return `http://127.0.0.1:${site.port}`
}

describe('startDemo', () => {
  afterEach(closeAll)

  it('knows whether it is looked at through the tunnel', async () => {
    const url = await demo()
    assert.include(String((await ask(url)).body), 'You are beside the tunnel')
    assert.include(String((await ask(url, { headers: { Via: '1.1 muxado' } })).body), 'You are looking through the tunnel')
  })

  it('downloads exactly the size that is asked for', async () => {
    const url = await demo()
    for (const [text, size] of [['0', 0], ['1', 1], ['100K', 102_400], ['1M', 2 ** 20]] as const) {
      const answer = await ask(`${url}/download/${text}`)
      assert.equal(answer.body.length, size)
      assert.equal(answer.headers['content-length'], `${size}`)
    }
    assert.equal((await ask(`${url}/download/lots`)).status, 404)
  })

  it('counts lines at their pace, as many as asked for', async () => {
    const url = await demo()
    assert.equal(String((await ask(`${url}/slow?seconds=1`)).body), 'line 1 of 1\n')
    assert.match(String((await ask(`${url}/slow?seconds=-5`)).body), /^line 1 of 1\n/)
  })

  it('ends with all its connections', async () => {
    const site = await startDemo()
    const request = http.get(`http://127.0.0.1:${site.port}/events`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    response.on('error', () => {})
    const closed = new Promise((resolve) => { response.once('close', resolve) })
    response.resume()
    await site.close()
    await closed
  })
})

describe('parseSize', () => {
  it('takes bytes and binary units, up to a tebibyte', () => {
    assert.deepEqual(['0', '7', '1K', '2m', '1G', '1T', '3MiB', '3MB'].map(parseSize), [0, 7, 1024, 2 ** 21, 2 ** 30, 2 ** 40, 3 * 2 ** 20, 3 * 2 ** 20])
    for (const wrong of ['', '-1', '1.5G', '2T', '1X', 'G', '1e3', '9'.repeat(20)]) assert.isUndefined(parseSize(wrong), wrong)
  })
})

describe('page', () => {
  it('shows what the request says, and runs none of it', () => {
    const text = page(['X-Evil', '<script>alert("1")</script>', '<b>', '&'], { 'host': '"><img src=x>', 'x-forwarded-host': undefined })
    assert.notInclude(text, '<script>alert')
    assert.notInclude(text, '<img src=x>')
    assert.include(text, '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;')
  })

  it('has a script that parses, and all that it looks for', () => {
    assert.doesNotThrow(() => new Script(script))
    const text = page([], {})
    for (const [, id] of script.matchAll(/\$\('([a-z-]+)'\)/g)) assert.include(text, `id="${id}"`)
  })
})
