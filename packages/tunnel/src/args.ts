/**
 * The command line as a value: which command, with which settings. Reads nothing but its arguments.
 *
 * @module
 */
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { help } from './help.ts'
import {
  type Address, type Target, UsageError, isLoopback, nearest, parseAddress, parseCount, parsePort, parseSeconds, parseTarget, showAddress
} from './values.ts'

/** How a public entrance behaves. */
export interface EntranceSettings {
  readonly port: number
  readonly host: string
  /** Milliseconds to wait for the first byte of an answer. */
  readonly firstByteMs: number
  /** Requests under way at once. */
  readonly maxRequests: number
  /** Milliseconds that ending waits for requests under way. */
  readonly drainMs: number
  /** Whether clients' X-Forwarded-* headers are believed. */
  readonly trustForwarded: boolean
}

/** The page entry: where it is and what pages may do. */
export interface PageSettings {
  /** `'near'`: the port after the entrance's, or any free one, on this machine only. */
  readonly page: Address | 'near'
  /** Where tabs are asked. `'near'`: the port after the page's, or any free one, at its host. */
  readonly tabs: Address | 'near'
  /** What clients of tabs call that, ending with a slash; undefined: as it is bound. */
  readonly tabsUrl: string | undefined
  /** TCP services that pages may reach. */
  readonly allow: readonly Address[]
  /** Origins of pages that may connect; undefined: the page's own. */
  readonly origins: readonly string[] | undefined
  /** Undefined: a random one. */
  readonly token: string | undefined
}

/** `muxado start`. */
export interface StartCommand extends EntranceSettings {
  readonly name: 'start'
  readonly target: Target
  /** Undefined: no page. */
  readonly page: PageSettings | undefined
}

/** `muxado gateway`. */
export interface GatewayCommand extends EntranceSettings {
  readonly name: 'gateway'
  readonly join: Address
  readonly token: string | undefined
  /** Files of the join address's certificate. */
  readonly tls: { readonly cert: string, readonly key: string } | undefined
  /** Undefined: no page. */
  readonly page: PageSettings | undefined
}

/** `muxado expose`. */
export interface ExposeCommand {
  readonly name: 'expose'
  readonly target: Target
  readonly to: Address
  readonly token: string | undefined
  /** How the gateway's log calls this agent. */
  readonly agentName: string
  /** Join over TLS, trusting the authorities in the file `ca` where one is named. */
  readonly tls: { readonly ca: string | undefined } | undefined
  readonly drainMs: number
}

/** What the command line asks for. */
export type Command =
  | StartCommand
  | GatewayCommand
  | ExposeCommand
  | { readonly name: 'help', readonly text: string }
  | { readonly name: 'version' }

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const always = { help: { type: 'boolean', short: 'h' } } as const
const entrance = {
  'port': { type: 'string', short: 'p' }, 'host': text, 'timeout': text, 'max-requests': text, 'drain': text, 'trust-proxy': flag, ...always
} as const
const list = { type: 'string', multiple: true } as const
const page = { 'page': text, 'tabs': text, 'tabs-url': text, 'allow': list, 'page-origin': list } as const
const startOptions = { 'expose': { type: 'string', short: 'e' }, 'no-page': flag, ...page, ...entrance } as const
const gatewayOptions = { ...page, 'join': text, 'token': text, 'tls-cert': text, 'tls-key': text, ...entrance } as const
const exposeOptions = { 'to': text, 'token': text, 'tls-ca': text, 'name': text, 'drain': text, ...always } as const

/** What to type on the command line, in the order of the help. */
const commands = ['start', 'gateway', 'expose']

/**
 * Understand `argv` (without node and script).
 * @throws {UsageError}
 */
export function parseCommand (argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const [word, ...rest] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') return { name: 'help', text: help(rest[0] ?? '') }
  if (word === '--version' || word === '-v') return { name: 'version' }
  const token = env['MUXADO_TOKEN'] === '' ? undefined : env['MUXADO_TOKEN']
  try {
    switch (word) {
      case 'start': return parseStart(rest, env)
      case 'gateway': return parseGateway(rest, token, env)
      case 'expose': return parseExpose(rest, token)
      default: throw new UsageError(`There is no command '${word}'${meant(nearest(word, commands)) || `. The commands are ${commands.join(', ')}`}`)
    }
  } catch (error) {
    throw error instanceof UsageError && commands.includes(word) ? new UsageError(error.message, word) : error
  }
}

type Environment = Readonly<Record<string, string | undefined>>

function parseStart (argv: readonly string[], env: Environment): Command {
  const { values, positionals } = read(argv, startOptions, 1)
  if (values.help === true) return { name: 'help', text: help('start') }
  // `npm start -- 3000` is what people type when they forget the option's name: there is only one thing it can mean.
  const [target = 'demo'] = values.expose === undefined ? positionals : [values.expose]
  return {
    name: 'start',
    target: parseTarget(target, '--expose'),
    page: values['no-page'] === true ? undefined : parsePage(values, 'near', env),
    ...parseEntrance(values)
  }
}

interface PageValues {
  readonly 'page'?: string | undefined
  readonly 'tabs'?: string | undefined
  readonly 'tabs-url'?: string | undefined
  readonly 'allow'?: string[] | undefined
  readonly 'page-origin'?: string[] | undefined
}

function parsePage (values: PageValues, fallback: 'near' | undefined, env: Environment): PageSettings | undefined {
  const at = values.page === undefined ? fallback : parseAddress(values.page, '--page', '127.0.0.1')
  if (at === undefined) {
    if ([values.allow, values.tabs, values['tabs-url'], values['page-origin']].some((value) => value !== undefined)) {
      throw new UsageError('--allow, --tabs, --tabs-url and --page-origin are about the page: say where it is with --page ADDRESS')
    }
    return undefined
  }
  return {
    page: at,
    tabs: values.tabs === undefined ? 'near' : parseAddress(values.tabs, '--tabs', '127.0.0.1'),
    tabsUrl: values['tabs-url'] === undefined ? undefined : parseTabsUrl(values['tabs-url']),
    allow: (values.allow ?? []).map((service) => parseAddress(service, '--allow', '127.0.0.1', false)),
    origins: values['page-origin']?.map(parseOrigin),
    token: env['MUXADO_PAGE_TOKEN'] === '' ? undefined : env['MUXADO_PAGE_TOKEN']
  }
}

function parseOrigin (text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text) return text
  throw new UsageError(`--page-origin must be an origin like https://example.com, not '${text}'`)
}

function parseTabsUrl (text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.href
  throw new UsageError(`--tabs-url must be a url without a path, like https://tabs.example.com, not '${text}'`)
}

function parseGateway (argv: readonly string[], environment: string | undefined, env: Environment): Command {
  const { values } = read(argv, gatewayOptions, 0)
  if (values.help === true) return { name: 'help', text: help('gateway') }
  const join = parseAddress(values.join ?? '7835', '--join', '127.0.0.1')
  const token = values.token ?? environment
  if (token === '') throw new UsageError('--token is empty: leave it away, or give a secret')
  if (token === undefined && !isLoopback(join.host)) {
    throw new UsageError(`--join ${showAddress(join)} can be reached by others: set MUXADO_TOKEN (or --token) so that only your agents can join`)
  }
  const cert = values['tls-cert']
  const key = values['tls-key']
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--tls-cert and --tls-key go together: give both')
  return {
    name: 'gateway',
    join,
    token,
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    page: parsePage(values, undefined, env),
    ...parseEntrance(values)
  }
}

function parseExpose (argv: readonly string[], environment: string | undefined): Command {
  const { values, positionals } = read(argv, exposeOptions, 1)
  if (values.help === true) return { name: 'help', text: help('expose') }
  const [target] = positionals
  if (target === undefined) throw new UsageError("Say what to expose: a port, HOST:PORT, or 'demo'")
  if (values.to === undefined) throw new UsageError("Say which gateway to join: --to HOST:PORT (the '--join' address of 'muxado gateway')")
  const secure = values.to.startsWith('tls://')
  if (values['tls-ca'] !== undefined && !secure) throw new UsageError('--tls-ca needs a gateway that is joined over TLS: --to tls://HOST:PORT')
  return {
    name: 'expose',
    target: parseTarget(target, 'TARGET'),
    to: parseAddress(values.to.replace(/^tls:\/\//, ''), '--to', '127.0.0.1', false),
    token: values.token ?? environment,
    agentName: values.name ?? hostname(),
    tls: secure ? { ca: values['tls-ca'] } : undefined,
    drainMs: parseSeconds(values.drain ?? '10', '--drain')
  }
}

interface EntranceValues {
  readonly 'port'?: string | undefined
  readonly 'host'?: string | undefined
  readonly 'timeout'?: string | undefined
  readonly 'max-requests'?: string | undefined
  readonly 'drain'?: string | undefined
  readonly 'trust-proxy'?: boolean | undefined
}

function parseEntrance (values: EntranceValues): EntranceSettings {
  return {
    port: parsePort(values.port ?? '8080', '--port'),
    host: values.host ?? '127.0.0.1',
    firstByteMs: parseSeconds(values.timeout ?? '60', '--timeout', 0.1),
    maxRequests: parseCount(values['max-requests'] ?? '10000', '--max-requests'),
    drainMs: parseSeconds(values.drain ?? '10', '--drain'),
    trustForwarded: values['trust-proxy'] ?? false
  }
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean', readonly short?: string, readonly multiple?: boolean }>>
type Read<T extends Options> = ReturnType<typeof parseArgs<{ args: string[], options: T, allowPositionals: true, strict: true }>>

/** `parseArgs`, complaining in our words. */
function read<T extends Options> (argv: readonly string[], options: T, positionals: number): Read<T> {
  // Its own look at the names comes first, since the errors of parseArgs do not carry the option as data.
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (option === undefined) {
      const near = nearest(token.name, Object.keys(options))
      throw new UsageError(`There is no option ${token.rawName}${meant(near === undefined ? undefined : `--${near}`)}`)
    }
    if (option.type === 'boolean' && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
    if (option.type === 'string' && (token.value === undefined || (token.inlineValue === false && token.value.startsWith('-')))) {
      throw new UsageError(`${token.rawName} needs a value`)
    }
  }
  const result = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  const extra = result.positionals[positionals]
  if (extra !== undefined) throw new UsageError(`'${extra}' is one word too many`)
  return result
}

function meant (near: string | undefined): string {
  return near === undefined ? '' : `; did you mean '${near}'?`
}
