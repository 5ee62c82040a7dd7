// The page of `npm start`, in a real Chromium and a real Firefox, with real curl and a real Redis. Needs browsers.
import { assert } from 'chai'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { apt, onPath } from '../support/install.ts'
import { freePorts } from '../support/ports.ts'
import { drive, type Driven, type Tab } from './drive.ts'
import { advice, find, kinds } from './find.ts'
import { curl, endAll, Program, start, token } from './program.ts'

const run = promisify(execFile)

const text = (id: string): string => `document.getElementById('${id}').textContent`

/** The row of the newest stream of this title, as an expression. */
const row = (title: string): string => `[...document.querySelectorAll('#streams tr')].find((row) => row.innerText.includes('${title}'))`

/** Of a colour as `rgb(1, 2, 3)`: the sum of its parts. */
function lightness (colour: string): number {
  return (colour.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)
}

for (const kind of kinds) describe(`the page of npm start, in ${kind}`, function () {
  this.timeout(60_000)
  const program = find(kind)
  if (program === undefined) {
    it('is not tested here', () => {
      console.log(`        SKIPPED: ${advice(kind)}`)
      if (process.env['CI'] !== undefined) assert.fail('in CI this is no reason')
    })
    return
  }
  let browser: Driven
  let gateway: Program
  let redis: Program | undefined
  let redisPort: number
  let url: string
  let tab: Tab

  const enter = async (address = `${url}#${encodeURIComponent(token)}`, where = browser): Promise<Tab> => {
    const opened = await where.open(address)
    await opened.until(`${text('status')} === 'connected'`)
    return opened
  }
  const click = async (id: string): Promise<void> => {
    await tab.evaluate(`document.getElementById('${id}').click()`)
  }
  const serve = async (name: string): Promise<string> => {
    await tab.evaluate(`document.getElementById('serve-name').value = '${name}'`)
    await click('serve-button')
    await tab.until(`${text('serve-status')}.startsWith('serving')`)
    return String(await tab.evaluate(`${text('serve-commands')}.split(/\\s/)[1]`))
  }

  before(async () => {
    redisPort = await freePorts()
    const server = onPath(['redis-server']) ?? (apt('redis-server') ? onPath(['redis-server']) : undefined)
    if (server !== undefined) {
      redis = new Program(server, ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()])
      await redis.says(/Ready to accept connections/)
    }
    gateway = start('--allow', `${redisPort}`, '--timeout', '2')
    ;[, url = ''] = await gateway.says(/the page {2}(http:\S+\/)#/)
    browser = await drive(kind, program)
  })
  beforeEach(async () => { tab = await enter() })
  afterEach(async () => { await tab.close() })
  after(async () => {
    await browser.close()
    await gateway.end()
    await redis?.end()
    endAll()
  })

  it('takes the token out of the address, and keeps it for the tab', async () => {
    assert.equal(await tab.evaluate('location.href'), url)
    await tab.reload()
    await tab.until(`${text('status')} === 'connected'`)
    assert.deepEqual(tab.complaints, [])
  })

  it('says what is wrong with a token, and takes the right one from the keyboard', async () => {
    const other = await browser.open(`${url}#wrong`)
    await other.until(`${text('problem')}.includes('wrong token')`)
    assert.equal(await other.evaluate('document.activeElement.id'), 'token')
    await other.type(token)
    await other.press('Enter')
    await other.until(`${text('status')} === 'connected'`)
    await other.close()
    const none = await browser.open(url)
    await none.until(`${text('problem')}.includes('needs the token')`)
    await none.close()
  })

  it('downloads with progress', async () => {
    await click('download-64')
    await tab.until(`${row('download')}?.innerText.includes('closed')`)
    assert.match(String(await tab.evaluate(`${row('download')}.innerText`)), /64\.0 MiB in/)
    assert.equal(await tab.evaluate(`${row('download')}.querySelector('progress').value`), 1)
  })

  it('times an echo beside downloads and an unread stream, which stalls nobody and can be read later', async () => {
    await click('unread')
    await click('echo')
    await tab.until(`${row('unread')}?.innerText.includes('waits for its reader')`)
    await click('download-64')
    await tab.until(`${text('trip-text')}.startsWith('median')`)
    await tab.until("[...document.querySelectorAll('#streams tr.over')].some((row) => /download[^]*64.0 MiB in/.test(row.innerText))")
    assert.match(String(await tab.evaluate(`${row('unread')}.innerText`)), /64\.0 KiB in/)
    await tab.evaluate(`[...${row('unread')}.querySelectorAll('button')].find((button) => button.textContent === 'Read').click()`)
    await tab.until(`${row('unread')}?.innerText.includes('closed')`)
    await click('echo')
    await tab.until(`${text('trip-text')} === 'no echo'`)
  })

  it('stops a stream', async () => {
    await click('download-1024')
    await tab.until(`${row('download')}?.innerText.includes('Stop')`)
    await tab.evaluate(`[...${row('download')}.querySelectorAll('button')].find((button) => button.textContent === 'Stop').click()`)
    await tab.until(`${row('download')}?.innerText.includes('reset')`)
  })

  it('logs frames, by filter, and holds still when paused', async () => {
    await click('echo')
    await tab.evaluate("document.getElementById('filter').value = 'data out -fin'; document.getElementById('filter').dispatchEvent(new Event('input'))")
    const lines = "[...document.querySelectorAll('#frames li')].map((line) => line.textContent)"
    await tab.until(`${lines}.length > 5 && ${lines}.every((line) => line.includes(' out data '))`)
    await click('pause')
    await tab.until(`${text('frames-note')}.startsWith('paused')`)
    const before = await tab.evaluate(lines)
    await tab.until(`${text('trip-text')} !== ${JSON.stringify(await tab.evaluate(text('trip-text')))}`)
    assert.deepEqual(await tab.evaluate(lines), before)
    await click('pause')
    await tab.until(`JSON.stringify(${lines}) !== ${JSON.stringify(JSON.stringify(before))}`)
  })

  it('talks to a Redis, and is refused what is not allowed', async () => {
    const replies = "document.getElementById('replies').innerText"
    const send = async (line: string): Promise<void> => {
      await tab.evaluate(`document.getElementById('command').value = ${JSON.stringify(line)}; document.getElementById('redis-form').requestSubmit()`)
    }
    await tab.evaluate("document.getElementById('service').value = '127.0.0.1:1'")
    await send('PING')
    await tab.until(`${replies}.includes('127.0.0.1:1 is not on the list of this gateway (--allow)')`)
    await tab.evaluate(`document.getElementById('service').value = '127.0.0.1:${redisPort}'`)
    if (redis === undefined) {
      await send('PING')
      await tab.until(`${replies}.includes('cannot connect to 127.0.0.1:${redisPort}')`)
      console.log('        SKIPPED in part: no redis-server here. Install one (Debian: apt-get install redis-server)')
      return
    }
    await send('PING')
    await tab.until(`${replies}.includes('PONG')`)
    await send('SET greeting "hello from a page"')
    await tab.until(`${replies}.includes('OK')`)
    await send('GET greeting')
    await tab.until(`${replies}.includes('\\nhello from a page')`)
    await send('INCR greeting')
    await tab.until(`${replies}.includes('(error) ERR value is not an integer')`)
    await send('LRANGE nothing 0 -1')
    await tab.until(`${replies}.includes('(empty)')`)
  })

  it('answers curl from the tab, streaming both ways', async () => {
    const at = await serve('both-ways')
    assert.equal(await curl(at), 'Hello from a browser tab.\n')
    assert.match(await curl('--head', `${at}nothing`), /^HTTP\/1\.1 404 /)
    // Firefox cannot stream the body of a `Request`: there it is collected (docs/tunnel.md)
    const streams = kind !== 'firefox'
    const upload = new Program('curl', ['--silent', '--no-buffer', '--upload-file', '.', `${at}echo`])
    for (const word of ['first', 'second']) {
      upload.child.stdin?.write(`${word}\n`)
      if (streams) await upload.says(new RegExp(word))
    }
    upload.child.stdin?.end()
    const [code] = await once(upload.child, 'close') as [number]
    assert.equal(code, 0)
    assert.match(upload.said, /first\n[^]*second\n/) // between lines of progress
    const counting = new Program('curl', ['--silent', '--no-buffer', `${at}count`])
    await counting.says(/1 of 10\n2 of 10\n/)
    counting.child.kill()
    await tab.until(`${text('served')}.includes('200 PUT /t/both-ways/echo')`)
    const folder = mkdtempSync(join(tmpdir(), 'muxado-page-'))
    const file = join(folder, 'file')
    writeFileSync(file, Buffer.alloc(20_000_000, 'muxado '))
    await tab.choose('#serve-file', [file])
    await curl('--output', join(folder, 'copy'), `${at}file`)
    await run('cmp', [file, join(folder, 'copy')])
    const sent = await curl('--output', join(folder, 'echo'), '--write-out', '%{http_code}', '--header', 'Expect:', '--data-binary', `@${file}`, `${at}echo`)
    assert.equal(sent, streams ? '200' : '413')
    if (streams) await run('cmp', [file, join(folder, 'echo')])
    rmSync(folder, { recursive: true })
  })

  it('says 502 when the tab was closed, and breaks off what was under way', async () => {
    const at = await serve('closed')
    const counting = new Program('curl', ['--silent', '--show-error', '--no-buffer', `${at}count`])
    await counting.says(/1 of 10/)
    await tab.close()
    const [code] = await once(counting.child, 'close') as [number]
    assert.notEqual(code, 0)
    const answer = await curl('--include', at)
    assert.match(answer, /^HTTP\/1\.1 502 /)
    assert.match(answer, /the tab that served closed was closed, or lost its connection/)
    tab = await enter()
  })

  it('says 504 when the tab does not answer', async () => {
    const at = await serve('asleep')
    void tab.evaluate('{ const end = performance.now() + 5000; while (performance.now() < end); }')
    const answer = await curl('--include', at)
    assert.match(answer, /^HTTP\/1\.1 504 /)
    assert.match(answer, /did not answer in time/)
    await tab.until(`${text('status')} === 'connected'`)
    assert.match(await curl(at), /^Hello/)
  })

  it('lets no page of another origin in, even with the token', async () => {
    const http = createServer((_, response) => { response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>') }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    const other = await browser.open(`http://127.0.0.1:${port}/`)
    await other.until("document.title === 'elsewhere'")
    const protocols = JSON.stringify(['muxado.v1', `muxado.bearer.${Buffer.from(token).toString('base64url')}`])
    const outcome = await other.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('${url.replace('http', 'ws')}session', ${protocols})
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })`)
    assert.equal(outcome, 'refused')
    await gateway.says(new RegExp(`pages of http://127\\.0\\.0\\.1:${port} may not connect`))
    assert.equal(await other.evaluate(`fetch('${url}check').then(() => 'read', () => 'hidden')`), 'hidden')
    await other.close()
    http.close()
    http.closeAllConnections()
  })

  it('does not stand before the site that is exposed', async () => {
    const [, entrance = ''] = await gateway.says(/public {4}(http:\S+)/)
    await gateway.says(/agent beside-the-entrance joined/)
    assert.match(await curl(`${entrance}/t/demo/`), /There is no \/t\/demo\/ here/)
    assert.match(await curl(entrance), /You are looking through the tunnel/)
  })

  it('can be walked by the keyboard, with the focus in sight', async () => {
    const seen: string[] = []
    for (let i = 0; i < 60; i++) {
      await tab.press('Tab')
      const [id, outlined] = await tab.evaluate(`(() => {
        const { activeElement: element } = document
        return [element.id || element.className || element.tagName, getComputedStyle(element).outlineStyle !== 'none']
      })()`) as [string, boolean]
      if (id === 'BODY') break
      seen.push(id)
      assert.isTrue(outlined, `${id} shows its focus`)
      if (id === 'echo') await tab.press(' ')
      if (id === 'pause') await tab.press('Enter')
    }
    const wanted = ['skip', 'download-64', 'download-1024', 'echo', 'unread', 'priority', 'scroll', 'serve-name', 'serve-button', 'serve-text', 'serve-file', 'service', 'command', 'filter', 'pause', 'clear', 'frames']
    assert.deepEqual(wanted.filter((id) => !seen.includes(id)), [], seen.join(' '))
    assert.deepEqual(seen.filter((id) => wanted.includes(id)), wanted)
    await tab.until(`${text('trip-text')}.startsWith('median')`)
    await tab.until("document.getElementById('pause').getAttribute('aria-pressed') === 'true'")
  })

  for (const theme of ['light', 'dark'] as const) {
    it(`fits narrow screens, in a ${theme} theme`, async () => {
      const folder = process.env['MUXADO_SHOTS']
      const themed = await drive(kind, program, theme)
      const before = tab
      tab = await enter(undefined, themed)
      await serve(`narrow-${theme}`)
      for (const id of ['echo', 'unread', 'download-1024', 'download-64']) await click(id)
      await tab.until(`${row('unread')}?.innerText.includes('waits for its reader')`)
      for (const width of [360, 1280]) {
        await tab.shape(width, 900, theme)
        await tab.until(`innerWidth === ${width}`)
        await tab.until(`document.documentElement.scrollWidth <= ${width}`)
        assert.isTrue(await tab.evaluate(`matchMedia('(prefers-color-scheme: ${theme})').matches`))
        const [back, front] = (await tab.evaluate('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]') as string[]).map(lightness)
        assert.equal((back ?? NaN) > (front ?? NaN) ? 'light' : 'dark', theme)
        if (folder === undefined) continue
        mkdirSync(folder, { recursive: true })
        await tab.until(`${text('trip-text')}.startsWith('median')`)
        writeFileSync(join(folder, `page-${kind}-${theme}-${width}.png`), await tab.picture())
      }
      assert.deepEqual(tab.complaints, [])
      await themed.close()
      tab = before
    })
  }

  it('says that the gateway is gone, and connects again', async () => {
    const pages = await freePorts()
    const args = ['--page', `${pages}`]
    const first = start(...args)
    await first.says(/joined/)
    const other = await enter(`http://127.0.0.1:${pages}/#${encodeURIComponent(token)}`)
    await first.end()
    await other.until(`${text('status')} === 'not connected' && !document.getElementById('again').hidden`)
    await other.evaluate("document.getElementById('again').click()")
    await other.until(`${text('problem')}.includes('the gateway does not answer')`)
    const second = start(...args)
    await second.says(/joined/)
    await other.evaluate("document.getElementById('again').click()")
    await other.until(`${text('status')} === 'connected' && ${text('problem')} === ''`)
    await other.close()
    await second.end()
  })
})
