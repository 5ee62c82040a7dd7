// What takes long: a GiB each way through the whole chain of processes, and slow clients by the hundred, with the memory of each process watched.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import * as http from 'node:http'
import { promisify } from 'node:util'
import { assert } from 'chai'
import { type Command, endCommands, muxado } from './help/command.ts'
import { megabytes } from './help/memory.ts'

const run = promisify(execFile)
const GiB = 2 ** 30

describe('muxado start, for long', function () {
  this.timeout(300_000)
  let command: Command
  let url: string
  let pids: number[]
  before(async () => {
    command = muxado(['start', '--port', '0'])
    url = (await command.printed(/public +(http:\S+)/))[1] ?? ''
    await command.printed(/agent beside-the-entrance joined/)
    pids = [command.pid, Number((await command.printed(/started the agent, process (\d+)/))[1])]
  })
  after(endCommands)

  /** The most memory that any of our processes takes while `work` goes on, in MiB. */
  async function peak (work: Promise<unknown>): Promise<number> {
    let most = 0
    let phase: 'working' | 'done' = 'working'
    const done = work.finally(() => { phase = 'done' })
    // A failure is reported by the `await` below.
    done.catch(() => {})
    while (phase === 'working') {
      for (const pid of pids) most = Math.max(most, await megabytes(pid))
      await Promise.race([done.catch(() => {}), new Promise((resolve) => { setTimeout(resolve, 100) })])
    }
    await done
    return most
  }

  it('brings 1 GiB with every byte, in bounded memory', async () => {
    let bytes = 0
    const most = await peak((async () => {
      const request = http.get(`${url}/download/1G`, { agent: false })
      const [response] = await once(request, 'response') as [http.IncomingMessage]
      for await (const chunk of response) bytes += (chunk as Buffer).length
    })())
    assert.equal(bytes, GiB)
    assert.isBelow(most, 300)
  })

  it('takes 1 GiB and gives it back, in bounded memory', async () => {
    const block = Buffer.alloc(2 ** 20, 'x')
    let bytes = 0
    const most = await peak((async () => {
      const request = http.request(`${url}/echo`, { method: 'POST', agent: false, headers: { 'Content-Length': GiB } })
      const answered = once(request, 'response') as Promise<[http.IncomingMessage]>
      const sent = (async () => {
        for (let i = 0; i < 1024; i++) if (!request.write(block)) await once(request, 'drain')
        request.end()
      })()
      const [response] = await answered
      for await (const chunk of response) bytes += (chunk as Buffer).length
      await sent
    })())
    assert.equal(bytes, GiB)
    assert.isBelow(most, 300)
  })

  it('holds 100 clients that do not read, and serves the others at their own pace', async () => {
    const sleepers: http.ClientRequest[] = []
    const most = await peak((async () => {
      await Promise.all(Array.from({ length: 100 }, async () => {
        const request = http.get(`${url}/download/1G`, { agent: false })
        sleepers.push(request)
        const [response] = await once(request, 'response') as [http.IncomingMessage]
        response.on('error', () => {})
        response.pause()
      }))
      const { stdout } = await run('curl', ['--silent', '--output', '/dev/null', '--write-out', '%{size_download}', `${url}/download/256M`])
      assert.equal(Number(stdout), 256 * 2 ** 20)
    })())
    for (const request of sleepers) request.destroy()
    // 100 windows of 64 KiB are 6 MiB; the rest is what Node buffers of 300 sockets.
    assert.isBelow(most, 400)
  })

  it('ends with 0', async () => {
    assert.deepEqual(await command.stop('SIGINT'), { code: 0, signal: null })
  })
})
