// What each runtime listens and dials with: its own package where it has one.
import type { Session } from '@muxado/session'

/** How to travel. */
export type Kind = 'tcp' | 'ws'

interface Platform {
  readonly args: readonly string[]
  /** Listen on loopback for sessions in this dialect; returns the url. */
  listen (kind: Kind, wire: 1 | 2, arrived: (session: Session) => void): Promise<string>
  connect (kind: Kind, url: string, wire: 1 | 2): Promise<Session>
}

interface Globals {
  readonly Deno?: {
    readonly args: string[]
    serve (options: object, handler: (request: Request) => Promise<Response>): { readonly addr: { readonly port: number } }
  }
  readonly Bun?: { serve (options: object): { readonly port: number } }
}

const { Deno, Bun } = globalThis as Globals
const here = { hostname: '127.0.0.1', port: 0 }

/** Who runs this. */
export const platform: Platform = {
  args: Deno?.args ?? process.argv.slice(2),

  async listen (kind, wire, arrived) {
    if (kind === 'ws' && Deno !== undefined) {
      const { acceptUpgrade } = await import('@muxado/websocket/deno')
      const server = Deno.serve({ ...here, onListen: () => {} }, async (request) => {
        const { response, session } = await acceptUpgrade(request, { wires: [wire] })
        if (session !== undefined) arrived(session)
        return response
      })
      return `ws://127.0.0.1:${server.addr.port}/`
    }
    if (kind === 'ws' && Bun !== undefined) {
      const { acceptUpgrade, websocket } = await import('@muxado/websocket/bun')
      const server = Bun.serve({
        ...here,
        websocket,
        fetch: async (request: Request, server: Parameters<typeof acceptUpgrade>[1]) => {
          const { response, session } = await acceptUpgrade(request, server, { wires: [wire] })
          if (session !== undefined) arrived(session)
          return response
        }
      })
      return `ws://127.0.0.1:${server.port}/`
    }
    const listener = kind === 'ws'
      ? await (await import('@muxado/websocket/node')).listen({ host: '127.0.0.1', wires: [wire] })
      : await (Deno === undefined ? await import('@muxado/node') : await import('@muxado/deno')).listen({ host: '127.0.0.1', wire })
    void (async () => { for await (const session of listener) arrived(session) })()
    return listener.url
  },

  async connect (kind, url, wire) {
    if (kind === 'tcp') return await (Deno === undefined ? await import('@muxado/node') : await import('@muxado/deno')).connect(url, { wire })
    if (Deno !== undefined || Bun !== undefined) return await (await import('@muxado/websocket')).connect(url, { wire })
    return await (await import('@muxado/websocket/node')).connect(url, { wire })
  }
}
