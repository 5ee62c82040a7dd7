/**
 * The page entry of a gateway: serves the page and takes its sessions at one address, and answers for tabs at another. Knows nothing of agents.
 *
 * @module
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Listener, type UpgradeRequest, listen } from '@muxado/websocket/node'
import type { Session } from '@muxado/session'
import { icon } from '../demo/page.ts'
import { printable, sameToken } from '../join.ts'
import { type Address, showUrl } from '../values.ts'
import { AllowList } from './allow.ts'
import { pageScript } from './bundle.ts'
import { Names } from './names.ts'
import { html } from './html.ts'
import { style } from './style.ts'
import { tabsListener } from './tabs.ts'
import { grantWishes } from './wishes.ts'

/** How a page entry behaves. */
export interface ConsoleOptions {
  /** Where the page is; port 0 takes any free one. */
  readonly page: Address
  /** Where tabs are asked: an address of its own, so that what a tab serves is of another origin than the page and what the gateway exposes. */
  readonly tabs: Address
  /** What clients call that, ending with a slash, where a proxy stands before it. Default: as it is bound. */
  readonly tabsUrl?: string | undefined
  /** What a page must know to get a session. */
  readonly token: string
  /** TCP services that pages may reach. */
  readonly allow: readonly Address[]
  /** Origins of pages that may connect. Default: the page's own. */
  readonly origins?: readonly string[] | undefined
  /** Milliseconds without an answer of a tab, then 504. */
  readonly firstByteMs: number
  /** Requests for tabs under way at once. */
  readonly maxRequests: number
  /** Told what people should know. */
  readonly say: (line: string) => void
}

/** A page entry that runs. */
export interface Console {
  /** Of the page, without the token. */
  readonly url: string
  /** For a person: the token is in the fragment, which browsers do not send. */
  readonly openUrl: string
  /** Of the tabs: `/t/NAME/` is below it. */
  readonly tabsUrl: string
  /** Sessions of pages. */
  readonly pages: number
  /** End, with all sessions and connections. */
  close (): Promise<void>
}

/** A stream costs a page up to 64 KiB here; this is what one page may have open. */
const maxInbound = 256

/** Pages at once. Arbitrary: a person has some tabs, and each needs the token. */
const maxPages = 64

/** A head takes one packet as a rule; Node's default for all of a request would cut long uploads to tabs. */
const patience = { headersTimeout: 15_000, requestTimeout: 3_600_000, maxHeaderSize: 16_384 }

/** What the page may load: what this address serves, and nothing else. No other site may show it in a frame. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Serve the page and answer for tabs.
 * @throws the error of listening at either address
 */
export async function openConsole (options: ConsoleOptions): Promise<Console> {
  const { token, firstByteMs, maxRequests, say } = options
  const names = new Names()
  const tabs = createServer(patience, tabsListener({ names, firstByteMs, maxRequests }))
  const page = createServer(patience, (request, response) => {
    answer(request, response, token).catch(() => { response.destroy() })
  })
  tabs.maxConnections = maxRequests + maxPages
  page.maxConnections = 4 * maxPages
  await listening(page, options.page)
  try {
    await listening(tabs, options.tabs)
  } catch (error) {
    page.close()
    throw error
  }
  const tabsUrl = options.tabsUrl ?? `${showUrl(bound(tabs, options.tabs))}/`
  const url = `${showUrl(bound(page, options.page))}/`
  const sessions = new Set<Session>()
  const listener = await listen({
    server: page,
    path: '/session',
    origins: options.origins,
    maxInbound,
    // A page that closes many streams early is one that a person uses.
    resetBurst: Infinity,
    verify: (asked: UpgradeRequest) => asked.token === undefined || !sameToken(asked.token, token)
      ? { status: 401, message: asked.token === undefined ? 'a token is needed' : 'wrong token' }
      : sessions.size < maxPages ? true : { status: 503, message: 'too many pages are open' },
    onError: (error) => { say(`page: ${printable(error.message)}`) }
  })
  void welcome(listener, sessions, (session) => grantWishes(session, {
    allow: new AllowList(options.allow), names, urlOf: (name) => `${tabsUrl}t/${name}/`, say
  }))
  return {
    url,
    openUrl: `${url}#${token}`,
    tabsUrl,
    get pages () { return sessions.size },
    async close () {
      await listener.close({ sessions: true })
      await Promise.all([page, tabs].map(async (server) => {
        const closed = new Promise((resolve) => { server.close(resolve) })
        server.closeAllConnections()
        await closed
      }))
    }
  }
}

async function welcome (listener: Listener, sessions: Set<Session>, grant: (session: Session) => Promise<void>): Promise<void> {
  for await (const session of listener) {
    sessions.add(session)
    void session.closed.then(() => { sessions.delete(session) })
    void grant(session)
  }
}

async function answer (request: IncomingMessage, response: ServerResponse, token: string): Promise<void> {
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Cache-Control', 'no-store')
  const send = (type: string, body: string, status = 200): void => {
    response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return send('text/plain', 'GET, please\n', 405)
  switch (request.url) {
    case '/': return send('text/html', html)
    case '/style.css': return send('text/css', style)
    case '/script.js': return send('text/javascript', await pageScript())
    case '/icon.svg':
    case '/favicon.ico': return send('image/svg+xml', icon)
    // A browser hides from a page why its WebSocket was refused: here it can ask.
    case '/check': {
      const given = request.headers.authorization?.replace(/^Bearer /, '')
      return sameToken(given, token) ? send('text/plain', 'welcome\n') : send('text/plain', given === undefined ? 'a token is needed\n' : 'wrong token\n', 401)
    }
    default: return send('text/plain', 'nothing here\n', 404)
  }
}

async function listening (server: Server, { host, port }: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function bound (server: Server, { host }: Address): Address {
  const { port } = server.address() as AddressInfo // a TCP server's address is no string
  return { host, port }
}
