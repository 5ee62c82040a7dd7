// `npm start` and `muxado start`, with the demo site, through real sockets and real programs.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import * as http from 'node:http'
import { promisify } from 'node:util'
import { assert } from 'chai'
import { WebSocket } from 'ws'
import { Command, endCommands, muxado } from './help/command.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { ask, closeAll, listenOn } from './help/tunnel.ts'
import { megabytes } from './help/memory.ts'

const run = promisify(execFile)

async function curl (...args: string[]): Promise<string> {
  const { stdout } = await run('curl', ['--silent', '--show-error', ...args], { maxBuffer: 2 ** 28 })
  return stdout
}

async function started (command: Command): Promise<string> {
  const [, url = ''] = await command.printed(/public +(http:\S+)/)
  await command.printed(/agent beside-the-entrance joined/)
  return url
}

async function agentPid (command: Command, from = 0): Promise<number> {
  return Number((await command.printed(/started the agent, process (\d+)/, from))[1])
}

/** Resolves when no process has this id any more. */
async function gone (pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

describe('npm start', function () {
  this.timeout(60_000)
  afterEach(endCommands)

  it('serves the demo site through a tunnel, and stops when npm is stopped', async () => {
    const npm = new Command('npm', ['start', '--silent', '--', '--port', '0'])
    const url = await started(npm)
    const pid = await agentPid(npm)
    assert.match(await curl('--fail', url), /You are looking through the tunnel/)
    await npm.stop('SIGTERM')
    // npm and its shell are gone at once; what they ran notices.
    await gone(pid)
    while (await ask(url).then(() => true, () => false)) await new Promise(setImmediate)
  })

  it('passes options on', async () => {
    const npm = new Command('npm', ['start', '--silent', '--', '--prot', '0'])
    assert.equal((await npm.ended).code, 2)
    assert.match(npm.stderr, /There is no option --prot; did you mean '--port'\?/)
  })
})

describe('muxado start', function () {
  this.timeout(60_000)
  let command: Command
  let url: string
  before(async () => {
    command = muxado(['start', '--port', '0'])
    url = await started(command)
  })
  after(endCommands)

  it('prints where to look and a line to paste', async () => {
    const [, line = ''] = await command.printed(/or paste +(curl .*)\n/)
    const [program = '', ...args] = line.split(' ')
    const { stdout } = await run(program, ['--silent', ...args])
    assert.match(stdout, /^HTTP\/1.1 200 OK\r\n/)
    assert.match(stdout, /"via": "1.1 muxado"/)
  })

  it('answers HEAD, GET and POST of curl', async () => {
    assert.match(await curl('--head', `${url}/download/1G`), /\r\nContent-Length: 1073741824\r\n/)
    assert.deepInclude(JSON.parse(await curl(`${url}/headers`)), { method: 'GET', url: '/headers' })
    assert.equal(await curl('--data', 'hello', `${url}/echo`), 'hello')
    assert.equal(await curl('--data', 'x', '--header', 'Transfer-Encoding: chunked', `${url}/echo`), 'x')
    assert.match(await curl(`${url}/nothing`), /^There is no \/nothing here/)
  })

  it('brings 64 MiB, and as much back and forth, byte by byte', async () => {
    assert.equal((await curl('--output', '/dev/null', '--write-out', '%{size_download}', `${url}/download/64M`)).trim(), `${64 * 2 ** 20}`)
    const body = Buffer.alloc(16 * 2 ** 20)
    for (let i = 0; i < body.length; i++) body[i] = (i * 31 + (i >> 8)) % 251
    const back = await ask(`${url}/echo`, { method: 'POST', headers: { 'Content-Length': body.length } }, body)
    assert.equal(body.compare(back.body), 0)
  })

  it('brings the first event while the stream goes on', async () => {
    const request = http.get(`${url}/events`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    assert.equal(response.headers['content-type'], 'text/event-stream')
    const [data] = await once(response, 'data') as [Buffer]
    assert.match(String(data), /^id: 1\ndata: \d{4}-/)
    response.on('error', () => {})
    request.destroy()
  })

  it('speaks WebSocket both ways, text and bytes', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    await once(socket, 'open')
    for (const message of ['hello', Buffer.alloc(300_000, 7)]) {
      socket.send(message)
      const [data, binary] = await once(socket, 'message') as [Buffer, boolean]
      assert.equal(binary, typeof message !== 'string')
      assert.equal(Buffer.from(message).compare(data), 0)
    }
    socket.close(1000, 'done')
    const [code] = await once(socket, 'close') as [number]
    assert.equal(code, 1000)
  })

  it('keeps little in memory for a client that reads slowly', async () => {
    const request = http.get(`${url}/download/1G`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    response.pause()
    const before = await megabytes(command.pid)
    // Others go on meanwhile, and what is buffered for the sleeper stays.
    for (let i = 0; i < 4; i++) await curl('--output', '/dev/null', `${url}/download/64M`)
    const after = await megabytes(command.pid)
    response.on('error', () => {})
    request.destroy()
    assert.isBelow(after - before, 100, `${before} MiB before, ${after} MiB after`)
    assert.isBelow(after, 300)
  })

  it('serves a thousand requests of one program at once', async () => {
    const agent = new http.Agent({ maxSockets: 1000 })
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => ask(`${url}/echo`, { agent, method: 'POST' }, `body ${i}`)))
    for (const [i, answer] of answers.entries()) assert.equal(String(answer.body), `body ${i}`)
    agent.destroy()
  })

  it('starts another agent when the agent is killed, and goes on serving', async () => {
    const pid = await agentPid(command)
    const from = command.stdout.length
    process.kill(pid, 'SIGKILL')
    await command.printed(/the agent died \(SIGKILL\); another one starts in 0.25 s/, from)
    assert.equal((await ask(`${url}/headers`)).status, 503)
    await command.printed(/agent beside-the-entrance joined/, from)
    assert.equal((await ask(`${url}/headers`)).status, 200)
    assert.notEqual(await agentPid(command, from), pid)
  })

  it('shows a line of figures when something has happened', async () => {
    await command.printed(/\n\d+ streams? open · \d+ requests · [\d.]+ \w+ in · [\d.]+ \w+ out · (round trip [\d.]+ ms|round trip not measured yet|no agent)\n/)
  })

  it('finishes a request under way on SIGINT, ends with 0, frees the port and leaves no agent', async () => {
    const pid = await agentPid(command, command.stdout.lastIndexOf('started the agent'))
    const request = http.get(`${url}/slow?seconds=2`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    const stopped = command.stop('SIGINT')
    let text = ''
    for await (const chunk of response) text += String(chunk)
    assert.match(text, /line 2 of 2\n$/)
    const ended = await stopped
    assert.deepEqual(ended, { code: 0, signal: null })
    assert.match(command.stdout, /ending: waiting for 1 request under way, at most 10 s/)
    await gone(pid)
    assert.isFalse(await ask(url).then(() => true, () => false))
  })
})

describe('muxado start --expose', function () {
  this.timeout(60_000)
  afterEach(async () => {
    await endCommands()
    await closeAll()
  })

  it('exposes a server of the user\'s, and says when it is not there', async () => {
    const port = await freePorts()
    const command = muxado(['start', '--port', '0', '--expose', `${port}`])
    const url = await started(command)
    await command.printed(/agent: nothing answers at localhost:\d+ \(connect ECONNREFUSED/)
    assert.match(await curl(url), /^502 The tunnel is up, but nothing answers behind it/)
    await listenOn(http.createServer((_request, response) => { response.end('mine') }), port)
    assert.equal(await curl(url), 'mine')
    await command.printed(/agent: localhost:\d+ answers again/)
  })

  it('does not wait after a second signal', async () => {
    const command = muxado(['start', '--port', '0', '--drain', '600'])
    const url = await started(command)
    const request = http.get(`${url}/slow?seconds=600`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    response.on('error', () => {})
    command.child.kill('SIGINT')
    await command.printed(/Ctrl-C again does not wait/)
    // A signal that comes at once is taken for the same key press, so this one presses until it is heard.
    const pressing = setInterval(() => { command.child.kill('SIGINT') }, 50)
    const { code, signal } = await command.ended
    clearInterval(pressing)
    // The last press may find the program done and nobody listening any more.
    assert.isTrue(code === 0 || signal === 'SIGINT', `ended with ${String(code ?? signal)}`)
  })

  it('takes its agent along even when it is killed', async () => {
    const command = muxado(['start', '--port', '0'])
    await started(command)
    const pid = await agentPid(command)
    await command.stop('SIGKILL')
    await gone(pid)
  })
})
