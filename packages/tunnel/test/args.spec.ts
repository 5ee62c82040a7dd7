import { assert } from 'chai'
import { parseCommand } from '../src/args.ts'
import { UsageError } from '../src/values.ts'

const entrance = { port: 8080, host: '127.0.0.1', firstByteMs: 60_000, maxRequests: 10_000, drainMs: 10_000, trustForwarded: false }
const page = { page: 'near', tabs: 'near', tabsUrl: undefined, allow: [], origins: undefined, token: undefined } as const

function complaint (argv: string[], env: Record<string, string> = {}): UsageError {
  try {
    parseCommand(argv, env)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('there was no complaint')
}

describe('parseCommand', () => {
  it('starts the demo site on port 8080 of this machine unless told otherwise', () => {
    assert.deepEqual(parseCommand(['start'], {}), { name: 'start', target: 'demo', page, ...entrance })
  })

  it('takes what follows start', () => {
    const argv = ['start', '--expose', '3000', '-p', '0', '--host', '0.0.0.0', '--timeout', '1.5', '--max-requests', '7', '--drain', '0', '--trust-proxy']
    assert.deepEqual(parseCommand(argv, {}), {
      name: 'start',
      target: { host: 'localhost', port: 3000 },
      page,
      port: 0,
      host: '0.0.0.0',
      firstByteMs: 1500,
      maxRequests: 7,
      drainMs: 0,
      trustForwarded: true
    })
  })

  it('has a page with start unless told otherwise, and with a gateway only when told', () => {
    assert.deepInclude(parseCommand(['start', '--no-page'], {}), { page: undefined })
    assert.deepInclude(parseCommand(['gateway'], { MUXADO_PAGE_TOKEN: 't' }), { page: undefined })
    const argv = ['gateway', '--page', '9000', '--tabs', 'h:9001', '--allow', '6379', '--allow', 'db:5432', '--page-origin', 'https://a.example', '--tabs-url', 'https://t.example']
    assert.deepInclude(parseCommand(argv, { MUXADO_PAGE_TOKEN: 't' }), {
      page: {
        page: { host: '127.0.0.1', port: 9000 },
        tabs: { host: 'h', port: 9001 },
        tabsUrl: 'https://t.example/',
        allow: [{ host: '127.0.0.1', port: 6379 }, { host: 'db', port: 5432 }],
        origins: ['https://a.example'],
        token: 't'
      }
    })
    assert.include(complaint(['gateway', '--allow', '1']).message, '--page ADDRESS')
    assert.include(complaint(['start', '--allow', 'db']).message, '--allow must be PORT, HOST:PORT')
    for (const origin of ['a.example', 'https://a.example/', 'file:///']) assert.include(complaint(['start', '--page-origin', origin]).message, 'an origin like')
    for (const url of ['t.example', 'https://t.example/t/', 'ftp://t.example']) assert.include(complaint(['start', '--tabs-url', url]).message, 'a url without a path')
  })

  it('takes a bare target after start', () => {
    assert.deepInclude(parseCommand(['start', '3000'], {}), { target: { host: 'localhost', port: 3000 } })
  })

  it('takes the token from the environment, and from the option first', () => {
    assert.deepInclude(parseCommand(['gateway'], { MUXADO_TOKEN: 'a' }), { token: 'a' })
    assert.deepInclude(parseCommand(['gateway', '--token', 'b'], { MUXADO_TOKEN: 'a' }), { token: 'b' })
    assert.deepInclude(parseCommand(['gateway'], { MUXADO_TOKEN: '' }), { token: undefined })
    assert.deepInclude(parseCommand(['expose', '1', '--to', '2'], { MUXADO_TOKEN: 'a' }), { token: 'a' })
  })

  it('wants a token where others can join', () => {
    assert.include(complaint(['gateway', '--join', '0.0.0.0:7835']).message, 'MUXADO_TOKEN')
    assert.deepInclude(parseCommand(['gateway', '--join', '0.0.0.0:7835'], { MUXADO_TOKEN: 'a' }), { join: { host: '0.0.0.0', port: 7835 } })
    assert.include(complaint(['gateway', '--token', '']).message, 'empty')
  })

  it('wants both files of a certificate', () => {
    assert.include(complaint(['gateway', '--tls-cert', 'a']).message, '--tls-key')
    assert.deepInclude(parseCommand(['gateway', '--tls-cert', 'a', '--tls-key', 'b'], {}), { tls: { cert: 'a', key: 'b' } })
  })

  it('understands an agent', () => {
    assert.deepEqual(parseCommand(['expose', '3000', '--to', 'tls://gate.example:7835', '--tls-ca', 'ca.pem', '--name', 'box', '--token', 't'], {}), {
      name: 'expose',
      target: { host: 'localhost', port: 3000 },
      to: { host: 'gate.example', port: 7835 },
      token: 't',
      agentName: 'box',
      tls: { ca: 'ca.pem' },
      drainMs: 10_000
    })
  })

  it('says what an agent misses', () => {
    assert.include(complaint(['expose']).message, 'what to expose')
    assert.include(complaint(['expose', '3000']).message, '--to')
    assert.include(complaint(['expose', '3000', '--to', '1', '--tls-ca', 'x']).message, 'tls://')
  })

  it('names the wrong word and the one that was meant', () => {
    assert.equal(complaint(['start', '--prot', '1']).message, "There is no option --prot; did you mean '--port'?")
    assert.equal(complaint(['start', '--prot', '1']).topic, 'start')
    assert.equal(complaint(['gatway']).message, "There is no command 'gatway'; did you mean 'gateway'?")
    assert.equal(complaint(['x']).message, "There is no command 'x'. The commands are start, gateway, expose")
    assert.include(complaint(['start', '-x']).message, '-x')
  })

  it('complains about missing, needless and surplus values', () => {
    assert.equal(complaint(['start', '--port']).message, '--port needs a value')
    assert.equal(complaint(['start', '--port', '--host', 'x']).message, '--port needs a value')
    assert.equal(complaint(['start', '--help=yes']).message, '--help takes no value')
    assert.include(complaint(['gateway', 'now']).message, 'one word too many')
    assert.include(complaint(['start', '--port', '70000']).message, '65535')
  })

  it('has help for each command, with examples', () => {
    for (const argv of [[], ['--help'], ['-h'], ['help']]) {
      assert.include(parseCommand(argv, {}), { name: 'help' })
    }
    for (const word of ['start', 'gateway', 'expose']) {
      for (const argv of [[word, '--help'], [word, '-h'], ['help', word]]) {
        const command = parseCommand(argv, {})
        assert.equal(command.name, 'help')
        if (command.name === 'help') assert.match(command.text, new RegExp(`^muxado ${word}:[^]*Examples\n`))
      }
    }
  })

  it('knows --version', () => {
    assert.deepEqual(parseCommand(['--version'], {}), { name: 'version' })
  })
})
