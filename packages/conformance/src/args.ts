/**
 * The command line as a value. Reads nothing but its arguments.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { COMMANDS, type Level, type Need } from './case.ts'
import { cases } from './cases/index.ts'
import { parsePlace } from './endpoint.ts'
import { matches, type Settings } from './run.ts'
import { MAX_31 } from './wire.ts'

/** The command line cannot mean what it says: exit code 2 and the message. */
export class UsageError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A run. */
export interface RunCommand {
  readonly name: 'run'
  readonly url: string
  readonly dials: boolean
  readonly insecure: boolean
  readonly settings: Settings
  readonly verbose: boolean
  /** Files; `-` is standard output. */
  readonly json: string | undefined
  readonly junit: string | undefined
}

/** What the command line asks for. */
export type Command =
  | RunCommand
  | { readonly name: 'list', readonly settings: Settings }
  | { readonly name: 'help' }
  | { readonly name: 'version' }

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const options = {
  'listen': text, 'insecure': flag, 'wait': text, 'wire': text, 'role': text, 'untyped': flag, 'window': text, 'opens': flag, 'asks': flag,
  'obeys': text, 'only': { type: 'string', multiple: true }, 'level': text, 'list': flag, 'timeout': text, 'jobs': text, 'verbose': flag,
  'json': text, 'junit': text, 'help': { type: 'boolean', short: 'h' }, 'version': { type: 'boolean', short: 'v' }
} as const

/**
 * Understand `argv` (without node and script).
 * @throws {UsageError}
 */
export function parseCommand (argv: readonly string[]): Command {
  look(argv)
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
  if (values.help === true) return { name: 'help' }
  if (values.version === true) return { name: 'version' }
  const settings = parseSettings(values)
  if (values.list === true) return { name: 'list', settings }
  const [at, extra] = positionals
  if (extra !== undefined) throw new UsageError(`'${extra}' is one word too many`)
  if (at !== undefined && values.listen !== undefined) throw new UsageError(`Either dial '${at}' or --listen, not both`)
  const url = at ?? values.listen
  if (url === undefined) throw new UsageError('Say where the endpoint is: tcp://HOST:PORT, or --listen tcp://HOST:PORT for one that dials')
  const dials = values.listen === undefined
  const place = parsePlace(url)
  if (place === undefined) throw new UsageError(`'${url}' is no address: write tcp://HOST:PORT, ${dials ? 'tls://HOST:PORT or ' : ''}unix:PATH`)
  if (dials && place.scheme !== 'unix' && place.port === 0) throw new UsageError('Port 0 cannot be dialled')
  if (!dials && place.scheme === 'tls') throw new UsageError('--listen takes tcp://HOST:PORT or unix:PATH: for TLS put something before it that ends it')
  if (values.insecure === true && place.scheme !== 'tls') throw new UsageError('--insecure is about tls://HOST:PORT')
  if (dials && values.wait !== undefined) throw new UsageError('--wait is about --listen')
  return {
    name: 'run',
    url,
    dials,
    insecure: values.insecure === true,
    settings: {
      ...settings,
      role: settings.role ?? (dials ? 'client' : 'server'),
      ...dials ? {} : { connectMs: seconds(values.wait ?? '30', '--wait') }
    },
    verbose: values.verbose === true,
    json: values.json,
    junit: values.junit
  }
}

type Values = ReturnType<typeof parseArgs<{ args: string[], options: typeof options, allowPositionals: true }>>['values']

function parseSettings (values: Values): Settings {
  const wire = oneOf(values.wire ?? '1', ['1', '2'], '--wire') === '1' ? 1 : 2
  if (wire === 1 && values.untyped === true) throw new UsageError('--untyped is about --wire 2: in wire 1 the SYN tells the type')
  const only = values.only ?? undefined
  const stray = only?.find((pattern) => !cases.some(({ id }) => matches(pattern, id)))
  if (stray !== undefined) throw new UsageError(`--only ${stray} fits no case; --list prints them`)
  const settings: Settings = {
    wire,
    typed: values.untyped !== true,
    can: [...values.opens === true ? ['opens'] as const : [], ...values.asks === true ? ['asks'] as const : [], ...parseObeys(values.obeys)],
    timeoutMs: seconds(values.timeout ?? '5', '--timeout'),
    jobs: whole(values.jobs ?? '4', '--jobs', 1, 1000)
  }
  return {
    ...settings,
    ...values.role === undefined ? {} : { role: oneOf(values.role, ['client', 'server'], '--role') },
    ...values.window === undefined ? {} : { window: whole(values.window, '--window', 2048, MAX_31) },
    ...only === undefined ? {} : { only },
    ...values.level === undefined ? {} : { levels: list(values.level, ['must', 'should', 'survive'] as const satisfies readonly Level[], '--level') }
  }
}

function parseObeys (value: string | undefined): readonly Need[] {
  if (value === undefined) return []
  return value === 'all' ? COMMANDS : list(value, COMMANDS, '--obeys')
}

/** A look at the names before parseArgs has one, whose complaints are about its own options. */
function look (argv: readonly string[]): void {
  const known: Readonly<Record<string, { readonly type: string }>> = options
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = known[token.name]
    if (option === undefined) throw new UsageError(`There is no option ${token.rawName}`)
    if (option.type === 'boolean' && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
    if (option.type === 'string' && (token.value === undefined || (token.inlineValue === false && /^-./.test(token.value)))) {
      throw new UsageError(`${token.rawName} needs a value`)
    }
  }
}

function oneOf<T extends string> (value: string, words: readonly T[], what: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new UsageError(`${what} must be ${words.join(' or ')}, not '${value}'`)
  return found
}

function list<T extends string> (value: string, words: readonly T[], what: string): readonly T[] {
  return value.split(',').map((word) => {
    const found = words.find((one) => one === word.trim())
    if (found === undefined) throw new UsageError(`${what} takes words of ${words.join(',')}, not '${word}'`)
    return found
  })
}

function seconds (value: string, what: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= 0.1 && number <= 3600)) throw new UsageError(`${what} must be seconds from 0.1 to 3600, not '${value}'`)
  return Math.round(number * 1000)
}

function whole (value: string, what: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= least && number <= most)) throw new UsageError(`${what} must be a whole number from ${least} to ${most}, not '${value}'`)
  return number
}
