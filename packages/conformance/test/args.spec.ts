import { assert } from 'chai'
import { parseCommand, UsageError } from '../src/args.ts'

const at = 'tcp://127.0.0.1:7000'

describe('parseCommand', () => {
  it('understands an endpoint to dial, and one that dials', () => {
    assert.deepInclude(parseCommand([at]), { name: 'run', url: at, dials: true, verbose: false, json: undefined })
    const dialled = parseCommand([at, '--wire', '2'])
    assert.deepInclude(dialled.name === 'run' ? dialled.settings : {}, { wire: 2, role: 'client', typed: true, timeoutMs: 5000, jobs: 4 })
    const dials = parseCommand(['--listen', 'tcp://[::1]:0', '--role', 'client', '--wait', '2.5'])
    assert.deepInclude(dials, { name: 'run', url: 'tcp://[::1]:0', dials: false })
    assert.deepInclude(dials.name === 'run' ? dials.settings : {}, { wire: 1, role: 'client', connectMs: 2500 })
    const waits = parseCommand(['--listen', 'unix:/tmp/s'])
    assert.deepInclude(waits.name === 'run' ? waits.settings : {}, { role: 'server', connectMs: 30_000 })
  })

  it('understands what the endpoint does, and which cases to run', () => {
    const command = parseCommand([at, '--opens', '--asks', '--obeys', 'hold,goaway', '--only', '3.', '--only', '*-fin', '--level', 'must,survive', '--window', '4096'])
    assert.deepInclude(command.name === 'run' ? command.settings : {}, {
      can: ['opens', 'asks', 'hold', 'goaway'], only: ['3.', '*-fin'], levels: ['must', 'survive'], window: 4096
    })
    const all = parseCommand([at, '--obeys', 'all', '--untyped', '--wire', '2'])
    assert.deepInclude(all.name === 'run' ? all.settings : {}, { can: ['goaway', 'close', 'reset', 'finish', 'hold'], typed: false })
    assert.equal(parseCommand(['--list', '--wire', '2']).name, 'list')
    assert.equal(parseCommand(['-h']).name, 'help')
    assert.equal(parseCommand(['--version']).name, 'version')
  })

  const wrong: ReadonlyArray<readonly [argv: readonly string[], complaint: RegExp]> = [
    [[], /^Say where the endpoint is: tcp:\/\/HOST:PORT, or --listen/],
    [['127.0.0.1:7000'], /'127\.0\.0\.1:7000' is no address: write tcp:\/\/HOST:PORT, tls:\/\/HOST:PORT or unix:PATH/],
    [['tcp://host'], /is no address/],
    [['tcp://host:70000'], /is no address/],
    [['unix:'], /is no address/],
    [['tcp://host:0'], /Port 0 cannot be dialled/],
    [[at, 'again'], /'again' is one word too many/],
    [[at, '--listen', at], /Either dial '.*' or --listen, not both/],
    [['--listen', 'tls://host:1'], /--listen takes tcp:\/\/HOST:PORT or unix:PATH/],
    [[at, '--insecure'], /--insecure is about tls:\/\//],
    [[at, '--wait', '3'], /--wait is about --listen/],
    [[at, '--wire', '3'], /--wire must be 1 or 2, not '3'/],
    [[at, '--role', 'peer'], /--role must be client or server/],
    [[at, '--untyped'], /--untyped is about --wire 2/],
    [[at, '--obeys', 'sit'], /--obeys takes words of goaway,close,reset,finish,hold, not 'sit'/],
    [[at, '--level', 'may'], /--level takes words of must,should,survive, not 'may'/],
    [[at, '--only', 'nothing'], /--only nothing fits no case; --list prints them/],
    [[at, '--timeout', '0'], /--timeout must be seconds from 0\.1 to 3600, not '0'/],
    [[at, '--jobs', 'many'], /--jobs must be a whole number from 1 to 1000/],
    [[at, '--window', '7'], /--window must be a whole number from 2048/],
    [[at, '--what'], /There is no option --what/],
    [[at, '--json'], /--json needs a value/],
    [[at, '--json', '--junit'], /--json needs a value/],
    [[at, '--opens=yes'], /--opens takes no value/]
  ]
  for (const [argv, complaint] of wrong) {
    it(`complains about '${argv.join(' ')}'`, () => {
      assert.throws(() => parseCommand(argv), UsageError, complaint)
    })
  }

  it('takes standard output for a file', () => {
    assert.deepInclude(parseCommand([at, '--json', '-']), { json: '-' })
  })
})
