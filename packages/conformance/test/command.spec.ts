// The command from its arguments to its exit code, mostly in this process; once as users run it.
import { assert } from 'chai'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tls from 'node:tls'
import { main } from '../src/main.ts'
import { echoClient, echoServer, QUICK } from '../../../test/support/echo-endpoint.ts'
import type { EchoEndpoint } from '../../../test/support/echo-endpoint.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { faulty } from './help/faulty.ts'

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function command (...argv: readonly string[]): Promise<Said> {
  let out = ''
  let err = ''
  const code = await main(argv, { out: (text) => { out += text }, err: (text) => { err += text } })
  return { code, out, err }
}

/** The command as it listens: where, once it does, and what it has said in the end. */
function listening (...argv: readonly string[]): { readonly url: Promise<string>, readonly said: Promise<Said> } {
  let [out, err] = ['', '']
  let heard: (url: string) => void = () => {}
  const url = new Promise<string>((resolve) => { heard = resolve })
  const look = (text: string): void => {
    err += text
    const [, where] = /waiting for the endpoint to dial (\S+)\n/.exec(err) ?? []
    if (where !== undefined) heard(where)
  }
  return { url, said: main(argv, { out: (text) => { out += text }, err: look }).then((code) => ({ code, out, err })) }
}

describe('muxado-conformance', function () {
  this.timeout(20_000)
  const open: Array<{ close (): Promise<void> | void }> = []
  let folder = ''
  const keep = <T extends { close (): Promise<void> | void }>(endpoint: T): T => {
    open.push(endpoint)
    return endpoint
  }
  const sound = async (): Promise<EchoEndpoint> => keep(await echoServer({ ...QUICK, wire: 1 }))

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'muxado-')) })
  after(async () => { await rm(folder, { recursive: true }) })
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (endpoint) => { await endpoint.close() }))
  })

  it('says what it can do, its version, and its cases', async () => {
    const help = await command('--help')
    assert.equal(help.code, 0)
    assert.match(help.out, /^muxado-conformance: points at a muxado endpoint/)
    assert.match((await command('--version')).out, /^muxado-conformance \d+\.\d+\.\d+\n$/)
    const list = await command('--list', '--wire', '2', '--only', '3.2')
    assert.match(list.out, /^3\.2-syn-repeated \(must\): a SYN on a live id ends the session$/m)
    assert.match(list.out, /\(should, needs opens\)/)
    assert.match(list.out, /\n\d+ cases in wire 2\n$/)
    assert.notInclude((await command('--list', '--wire', '2', '--untyped')).out, '9.2-type-alone')
  })

  it('ends with 0 when all passed, and writes its reports', async () => {
    const { url } = await sound()
    const [json, junit] = [join(folder, 'report.json'), join(folder, 'report.xml')]
    const { code, out, err } = await command(url, '--only', '3.1', '--verbose', '--json', json, '--junit', junit)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^tcp:\/\/127\.0\.0\.1:\d+, wire 1, this end as client\n\n3\.1 Parity +2 passed, 2 skipped\n {2}passed 3\.1-parity \(must\) {2}\d+ ms/)
    assert.match(out, /skipped 3\.1-ids-two-apart \(should\) {2}needs opens\n/)
    assert.match(out, /skipped: cases that need opens of the endpoint/)
    assert.match(out, /\n2 passed, 0 failed, 2 skipped\n$/)
    const report = JSON.parse(await readFile(json, 'utf8')) as { wire: number, role: string, passed: number, failed: number, skipped: number, results: unknown[] }
    assert.deepInclude(report, { wire: 1, role: 'client', passed: 2, failed: 0, skipped: 2 })
    assert.lengthOf(report.results, 4)
    const xml = await readFile(junit, 'utf8')
    assert.match(xml, /<testsuite name="3\.1 Parity" tests="4" failures="0" errors="0" skipped="2"/)
    assert.match(xml, /<skipped message="needs opens"\/>/)
  })

  it('ends with 1 when some failed, and tells what was sent, expected and received', async () => {
    const { url } = keep(await faulty(1, { echo: () => Buffer.from('<&>\u0001!') }))
    const junit = join(folder, 'failed.xml')
    const { code, out } = await command(url, '--only', '1.1-no', '--level', 'must', '--junit', junit)
    assert.equal(code, 1)
    assert.match(out, /1\.1 What it is +1 failed\n {2}FAILED 1\.1-no-handshake \(must\)\n {6}rule +the first bytes/)
    assert.match(out, /expected +the same 5 bytes back on stream 3\n {6}came +another byte at 0\n/)
    assert.match(out, /sent +0000000100000003\n +000501030000000368656c6c6f\n {6}received {2}[0-9a-f]{16} {2}DATA 3/)
    assert.match(out, /\n0 passed, 1 failed \(1 must\), 0 skipped\n$/)
    const xml = await readFile(junit, 'utf8')
    assert.match(xml, /<failure message="expected the same 5 bytes/)
    const { out: json } = await command(url, '--only', '1.1-no', '--json', '-')
    assert.deepInclude((JSON.parse(json) as { results: object[] }).results[0], { id: '1.1-no-handshake', outcome: 'failed', came: 'another byte at 0' })
  })

  it('ends with 2 when the command line is wrong, and says where help is', async () => {
    const { code, out, err } = await command('--wire', '3')
    assert.deepEqual([code, out], [2, ''])
    assert.equal(err, "muxado-conformance: --wire must be 1 or 2, not '3'\nTry 'muxado-conformance --help'.\n")
    const { url } = await sound()
    assert.deepInclude(await command(url, '--only', '3.2-syn-below-is-accepted'), { code: 2 })
  })

  it('ends with 3 when there is no connection', async () => {
    const port = await freePorts()
    const { code, err } = await command(`tcp://127.0.0.1:${port}`, '--timeout', '0.2')
    assert.equal(code, 3)
    assert.match(err, /^muxado-conformance: cannot connect to tcp:\/\/127\.0\.0\.1:\d+: connection refused: nothing listens there/)
    assert.deepInclude(await command('unix:/nowhere/at/all', '--timeout', '0.2'), {
      code: 3, err: 'muxado-conformance: cannot connect to unix:/nowhere/at/all: there is no such unix socket: start the endpoint, or check the path\n'
    })
    const nobody = await command('--listen', 'tcp://127.0.0.1:0', '--wait', '0.1')
    assert.equal(nobody.code, 3)
    assert.match(nobody.err, /waiting for the endpoint to dial tcp:\/\/127\.0\.0\.1:\d+\n.*nobody has connected to .* within 0\.1 s/)
    const taken = net.createServer()
    await new Promise<void>((resolve) => { taken.listen(0, '127.0.0.1', resolve) })
    keep({ close: () => { taken.close() } })
    assert.deepInclude(await command('--listen', `tcp://127.0.0.1:${(taken.address() as net.AddressInfo).port}`), { code: 3 })
  })

  it('waits for an endpoint that dials, over a unix socket too', async () => {
    const running = listening('--listen', 'tcp://127.0.0.1:0', '--only', '3.1', '--opens')
    keep(await echoClient(await running.url, { ...QUICK, wire: 1 }))
    const { code, out } = await running.said
    assert.equal(code, 0, out)
    assert.match(out, /this end as server/)
    const over = listening('--listen', `unix:${join(folder, 'socket')}`, '--only', '3.1-parity')
    keep(await echoClient(await over.url, { ...QUICK, wire: 1 }))
    assert.equal((await over.said).code, 0)
  })

  it('dials an endpoint over TLS, when it need not trust it', async () => {
    const plain = await sound()
    const { port } = new URL(plain.url.replace('tcp:', 'http:'))
    const front = tls.createServer({ cert: CERTIFICATE, key: KEY, allowHalfOpen: true }, (socket) => {
      const behind = net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
      socket.pipe(behind).pipe(socket)
      for (const end of [socket, behind]) end.on('error', () => { end.destroy() })
    })
    await new Promise<void>((resolve) => { front.listen(0, '127.0.0.1', resolve) })
    keep({ close: () => { front.close() } })
    const url = `tls://127.0.0.1:${(front.address() as net.AddressInfo).port}`
    const distrust = await command(url, '--only', '3.1-parity', '--timeout', '0.3')
    assert.equal(distrust.code, 3)
    assert.match(distrust.err, /its certificate is not trusted|--insecure/)
    const { code, out } = await command(url, '--only', '3.1', '--only', '7.2-end', '--insecure')
    assert.equal(code, 0, out)
  })

  it('runs as a program', async () => {
    const { url } = await sound()
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    const argv = ['--import', './test/ts.mjs', '--conditions=muxado-source', '--disable-warning=ExperimentalWarning', 'packages/conformance/src/cli.ts']
    const ran = await new Promise<Said>((resolve) => {
      execFile(process.execPath, [...argv, url, '--only', '3.1-parity'], { cwd: root }, (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), out, err })
      })
    })
    assert.equal(ran.code, 0, ran.err)
    assert.match(ran.out, /\n2 passed, 0 failed, 0 skipped\n$/)
  })
})
