import { listen, NoConnection } from '@muxado/conformance'
import { assert } from 'chai'
import { finished } from 'node:stream/promises'
import { keepAlive, type Running } from './keep-alive.ts'

/** A program of one line. */
async function running (script: (port: string) => string): Promise<Running> {
  const endpoint = await listen('tcp://127.0.0.1:0')
  return keepAlive(endpoint, process.execPath, ['-e', script(new URL(endpoint.url).port)])
}

describe('keepAlive', function () {
  this.timeout(20_000)

  it('starts a program again each time that something on its connection ends it', async () => {
    const { endpoint, close } = await running((port) => `require('node:net').connect(${port}, '127.0.0.1').on('data', () => process.exit(1)).on('error', () => {})`)
    for (let times = 0; times < 7; times++) {
      const socket = await endpoint.connect(10_000)
      socket.write('die')
      await finished(socket.resume(), { writable: false }).catch(() => {}) // it may be reset
      socket.destroy()
    }
    await close()
  })

  it('gives up on one that ends by itself, and says with which words', async () => {
    const { endpoint, close } = await running(() => 'console.error("no such option"); process.exit(3)')
    for (let times = 0; times < 2; times++) {
      const error = await endpoint.connect(15_000).then(() => assert.fail('connected'), (reason: unknown) => reason)
      assert.instanceOf(error, NoConnection)
      assert.match(String(error), /5 times.*exit code 3: no such option/)
    }
    await close()
  })

  it('gives up on one that is not there', async () => {
    const endpoint = await listen('tcp://127.0.0.1:0')
    const run = keepAlive(endpoint, '/nowhere/program', [])
    assert.match(String(await run.endpoint.connect(15_000).catch((reason: unknown) => reason)), /cannot run .nowhere.program/)
    await run.close()
  })
})
