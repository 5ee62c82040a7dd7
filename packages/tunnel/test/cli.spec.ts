// The command as users run it: messages, exit codes, and nothing left behind.
import { execFile } from 'node:child_process'
import * as http from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assert } from 'chai'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { type Command, endCommands, muxado } from './help/command.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { ask, closeAll, listenOn, onClose } from './help/tunnel.ts'

const run = promisify(execFile)

async function complaint (command: Command): Promise<{ readonly code: number | null, readonly text: string }> {
  const { code } = await command.ended
  assert.notMatch(command.stderr, /^\s+at /m, 'no stack trace')
  return { code, text: command.stderr }
}

/** Whether something answers on a port. */
async function answers (port: number | string): Promise<boolean> {
  return await ask(`http://127.0.0.1:${port}/`).then(() => true, () => false)
}

describe('muxado', function () {
  this.timeout(30_000)
  afterEach(async () => {
    await endCommands()
    await closeAll()
  })

  it('says what it can do, and its version', async () => {
    const help = muxado(['--help'])
    assert.equal((await help.ended).code, 0)
    assert.match(help.stdout, /^muxado: a public HTTP entrance/)
    const version = muxado(['--version'])
    assert.equal((await version.ended).code, 0)
    assert.match(version.stdout, /^muxado \d+\.\d+\.\d+\n$/)
  })

  it('ends with 2 when the command line is wrong, and says where help is', async () => {
    const { code, text } = await complaint(muxado(['start', '--prot', '1']))
    assert.equal(code, 2)
    assert.equal(text, "muxado: There is no option --prot; did you mean '--port'?\nTry 'muxado start --help'.\n")
  })

  it('ends with 1 when the port is in use, and says what to do', async () => {
    const port = await listenOn(http.createServer())
    for (const argv of [['start', '--port', `${port}`], ['gateway', '--port', `${port}`, '--join', '0']]) {
      const { code, text } = await complaint(muxado(argv))
      assert.equal(code, 1)
      assert.equal(text, `muxado: 127.0.0.1:${port} is in use. Stop what listens there, or choose another port: --port ${port + 1}, or --port 0 for any\n`)
    }
    const { code, text } = await complaint(muxado(['gateway', '--port', '0', '--join', `${port}`]))
    assert.equal(code, 1)
    assert.match(text, new RegExp(`^muxado: 127\\.0\\.0\\.1:${port} is in use`))
  })

  it('puts the page elsewhere when the port that nobody chose is in use, and ends with 1 when it was chosen', async () => {
    const free = await freePorts(2)
    const port = await listenOn(http.createServer(), free + 1)
    const start = muxado(['start', '--port', `${free}`])
    const [, page = ''] = await start.printed(/the page {2}http:\/\/127\.0\.0\.1:(\d+)\/#[\w-]{32}\n/)
    assert.notEqual(Number(page), port)
    assert.isTrue(await answers(page))
    await start.stop()
    const { code, text } = await complaint(muxado(['gateway', '--port', '0', '--join', '0', '--page', `${port}`]))
    assert.equal(code, 1)
    assert.match(text, new RegExp(`^muxado: 127\\.0\\.0\\.1:${port} is in use`))
  })

  it('has a page beside a gateway only when told', async () => {
    const without = muxado(['gateway', '--port', '0', '--join', '0'])
    await without.printed(/agent +muxado expose/)
    assert.notInclude(without.stdout, 'the page')
    await without.stop()
    const gateway = muxado(['gateway', '--port', '0', '--join', '0', '--page', '0'], { MUXADO_PAGE_TOKEN: 'chosen' })
    const [, page = ''] = await gateway.printed(/the page {2}(http:\S+)#chosen\n/)
    assert.equal((await ask(`${page}check`, { headers: { Authorization: 'Bearer chosen' } })).status, 200)
    assert.equal((await gateway.stop()).code, 0)
  })

  it('ends with 1 when a file of the certificate is not there', async () => {
    const { code, text } = await complaint(muxado(['gateway', '--port', '0', '--join', '0', '--tls-cert', 'no.pem', '--tls-key', 'no.pem']))
    assert.equal(code, 1)
    assert.equal(text, 'muxado: there is no file no.pem\n')
  })

  it('ends with 1 when the token is wrong, and says what to do', async () => {
    const gateway = muxado(['gateway', '--port', '0', '--join', '0'], { MUXADO_TOKEN: 'right' })
    const [, at = ''] = await gateway.printed(/join +(127\.0\.0\.1:\d+) with the token/)
    const { code, text } = await complaint(muxado(['expose', 'demo', '--to', at, '--token', 'wrong']))
    assert.equal(code, 1)
    assert.match(text, /refuses this agent: wrong token\. Set MUXADO_TOKEN/)
    await gateway.printed(/refused an agent from 127\.0\.0\.1: wrong token/)
  })

  it('carries requests from a gateway to an agent that joins it, and each ends with 0 on a signal', async () => {
    const gateway = muxado(['gateway', '--port', '0', '--join', '0'], { MUXADO_TOKEN: 'right' })
    const [, url = ''] = await gateway.printed(/public +(http:\S+)/)
    const [, at = ''] = await gateway.printed(/join +(127\.0\.0\.1:\d+)/)
    assert.equal((await ask(url)).status, 503)
    const origin = await listenOn(http.createServer((_request, response) => { response.end('private') }))
    const agent = muxado(['expose', `${origin}`, '--to', at, '--name', 'box'], { MUXADO_TOKEN: 'right' })
    await agent.printed(/^joined /m)
    await gateway.printed(/agent box joined from \S+ and exposes localhost:\d+/)
    const { stdout } = await run('curl', ['--silent', '--show-error', '--fail', url])
    assert.equal(stdout, 'private')
    assert.deepEqual(await agent.stop('SIGTERM'), { code: 0, signal: null })
    await gateway.printed(/agent box left; requests get 503/)
    assert.equal((await ask(url)).status, 503)
    assert.deepEqual(await gateway.stop('SIGINT'), { code: 0, signal: null })
    assert.isFalse(await answers(new URL(url).port))
  })

  it('joins over TLS, but not a gateway whose certificate nobody vouches for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muxado-'))
    onClose(async () => { await rm(folder, { recursive: true }) })
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    await Promise.all([writeFile(cert, CERTIFICATE), writeFile(key, KEY)])
    const gateway = muxado(['gateway', '--port', '0', '--join', '0', '--tls-cert', cert, '--tls-key', key])
    const [, url = ''] = await gateway.printed(/public +(http:\S+)/)
    const [, address = ''] = await gateway.printed(/--to (tls:\S+)/)
    const stranger = muxado(['expose', 'demo', '--to', address])
    await stranger.printed(/cannot reach the gateway: the certificate of 127\.0\.0\.1:\d+ is not trusted .*with --tls-ca FILE/)
    const plain = muxado(['expose', 'demo', '--to', address.replace('tls://', '')])
    await plain.printed(/is no gateway|cannot reach/)
    const agent = muxado(['expose', 'demo', '--to', address, '--tls-ca', cert])
    await agent.printed(/^joined /m)
    assert.equal((await ask(`${url}/headers`)).status, 200)
  })

  it('keeps an agent waiting for its gateway, without a word too many', async () => {
    const port = await freePorts()
    const agent = muxado(['expose', 'demo', '--to', `${port}`])
    await agent.printed(/cannot reach the gateway: connection refused at 127\.0\.0\.1:\d+/)
    const gateway = muxado(['gateway', '--port', '0', '--join', `${port}`])
    await agent.printed(/^joined /m)
    assert.equal(agent.stdout.match(/cannot reach/g)?.length, 1)
    assert.equal((await gateway.stop()).code, 0)
    await agent.printed(/is leaving; joining again|lost the gateway/)
    assert.equal((await agent.stop()).code, 0)
  })

  it('does not mind when nobody reads what it prints', async () => {
    const gateway = muxado(['gateway', '--port', '0', '--join', '0'])
    const [, url = ''] = await gateway.printed(/public +(http:\S+)/)
    await gateway.printed(/expose 3000 --to/)
    gateway.child.stdout?.destroy()
    const [, port = ''] = /--to (?:127\.0\.0\.1:)?(\d+)/.exec(gateway.stdout) ?? []
    const agent = muxado(['expose', 'demo', '--to', port])
    await agent.printed(/^joined /m)
    assert.equal((await ask(`${url}/headers`)).status, 200)
    assert.equal((await gateway.stop()).code, 0)
  })
})
