// Faults that libp2p's own suite does not see: puts each into our sources in turn and expects our own tests to notice. The first seven pass the
// suite untouched; the rest bring back, one by one, what the shared base classes get wrong (D1 to D6 of docs/libp2p.md).
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const edit = (file, from, to) => ({ file, from, to })

const faults = {
  'no window at all': [edit('options.ts', 'window: WINDOW,', 'window: 0x3fffffff,')],
  'credit on receipt, not when the reader takes bytes': [
    edit('stream.ts', 'else this.readBuffer.append(data)', 'else { this.readBuffer.append(data); this.#host.link.consume(this.streamId, data.byteLength) }'),
    edit('stream.ts', 'if (due > 0) this.#host.link.consume(this.streamId, due)', '')
  ],
  'drain for streams without credit (D6)': [edit('stream.ts', 'override onMuxerDrain (): void {}', "override onMuxerDrain (): void { this.safeDispatchEvent('drain') }")],
  'closeRead resets': [edit('stream.ts', 'override async sendCloseRead (): Promise<void> {}', 'override async sendCloseRead (): Promise<void> { this.sendReset() }')],
  'protocol set on one end': [edit('muxer.ts', "return this.#stream(streamId, 'outbound', options)", "return Object.assign(this.#stream(streamId, 'outbound', options), { protocol: _ ?? '' })")],
  'too many early streams leave an open connection (D5)': [edit('muxer.ts', 'throw new MaxEarlyStreamsError', 'void new MaxEarlyStreamsError')],
  'a cut connection is a clean end (D3)': [edit('muxer.ts', 'stream.onTransportClosed(error)', 'stream.onTransportClosed()')],
  'onDrain of the base class (D1)': [edit('stream.ts', 'override async onDrain (', 'async ownOnDrain (')],
  'iteration of the base class (D2)': [edit('stream.ts', 'override [Symbol.asyncIterator] ()', 'ownIterator ()')],
  'no wait for the goodbye (D4)': [edit('muxer.ts', 'await race(this.#goodbye.promise, signal)', 'await Promise.resolve()')],
  'the read buffer may overflow': [edit('stream.ts', 'override unshift (', 'ownUnshift (')],
  'late frames unguarded': [edit('link.ts', '      } catch {', '      } catch (err) {\n        throw err')]
}

async function test (edits) {
  const child = spawn(process.execPath, [
    '--import', './test/ts.mjs', '--import', './test/libp2p/lib/fault.mjs', '--conditions=muxado-source', 'node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--timeout', '3000', '--reporter', 'dot', 'packages/libp2p/test/**/*.spec.ts'
  ], { cwd: root, env: { ...process.env, MUXADO_FAULT: JSON.stringify(edits) }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
  // a fault may make a test spin: that is noticed too
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const code = await new Promise(resolve => { child.on('close', resolve) })
  clearTimeout(timer)
  return { code, output }
}

/** The title of the first failure. */
function noticed (output) {
  const lines = output.split('\n')
  const at = lines.findIndex(line => /^\s+1\) /.test(line))
  if (at < 0) return 'the run did not end by itself'
  return lines.slice(at, at + 4).map(line => line.trim()).filter(Boolean).slice(0, 2).join(' ').replace(/^1\) /, '').replace(/:$/, '')
}

let missed = 0
const sound = await test([])
if (sound.code !== 0) {
  console.log(`without any fault the tests fail already:\n${sound.output}`)
  process.exit(1)
}
for (const [name, edits] of Object.entries(faults)) {
  const { code, output } = await test(edits)
  if (/has not exactly one/.test(output)) {
    missed++
    console.log(`STALE   ${name}: ${/\S+ has not exactly one.*/.exec(output)[0]}`)
  } else if (code === 0) {
    missed++
    console.log(`MISSED  ${name}`)
  } else {
    console.log(`caught  ${name}\n          by: ${noticed(output)}`)
  }
}
console.log(`\n${Object.keys(faults).length - missed} of ${Object.keys(faults).length} faults noticed`)
process.exit(missed === 0 ? 0 : 1)
