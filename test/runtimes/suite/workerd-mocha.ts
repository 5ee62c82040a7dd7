// Runs specs with mocha in a worker, and answers with what the reporter said.
import { connect } from 'cloudflare:sockets'
import 'mocha/mocha.js'
import { printed } from './workerd-shim.ts'

interface Mocha {
  setup (options: object): void
  run (): { on (event: 'end', listener: (this: { stats: { failures: number } }) => void): void }
}

/** Tests dial a relay with `globalThis.dialRelay`: two that do are each other's peer. */
export async function runSpecs (request: Request, load: () => Promise<void>): Promise<Response> {
  const { mocha } = globalThis as unknown as { mocha: Mocha }
  let unhandled = 0
  addEventListener('unhandledrejection', (event) => {
    unhandled++
    console.error(`unhandled rejection: ${String((event as PromiseRejectionEvent).reason)}`)
  })
  const port = Number(new URL(request.url).searchParams.get('relay'))
  const dialRelay = async (): Promise<object> => {
    const socket = connect({ hostname: '127.0.0.1', port }, { allowHalfOpen: true })
    await socket.opened
    return socket
  }
  Object.assign(globalThis, { dialRelay })
  mocha.setup({ ui: 'bdd', reporter: 'spec', timeout: 10_000, color: false, checkLeaks: false })
  await load()
  const failures = await new Promise<number>((resolve) => { mocha.run().on('end', function () { resolve(this.stats.failures) }) })
  return new Response(printed(), { headers: { failures: String(failures + unhandled) } })
}
