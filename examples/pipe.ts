/**
 * A stream is a duplex for `it-pipe`: put it between a source and a sink, with transforms on either side.
 */
import { connect, listen } from '@muxado/node'
import { pipe } from 'it-pipe'
import type { Uint8ArrayList } from 'uint8arraylist'

type Chunks = AsyncIterable<Uint8ArrayList>

/** A transform: text in, capitals out. */
async function * shout (source: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield new TextEncoder().encode(new TextDecoder().decode(chunk.subarray()).toUpperCase())
}

/** A transform: bytes in, lines out, however the bytes were cut. */
async function * lines (source: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of source) {
    const parts = (rest + decoder.decode(chunk.subarray(), { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    yield * parts
  }
  if (rest !== '') yield rest
}

/** A sink: everything in an array. */
async function collect (source: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const item of source) all.push(item)
  return all
}

const server = await listen('tcp://127.0.0.1:0')
const served = server.accept().then(async (session) => {
  const stream = await session.accept()
  await pipe(stream, shout, stream)
})

const session = await connect(server.url)
const poem = ['a stream has two halves\n', 'that end when ', 'they are done\n'].map((line) => new TextEncoder().encode(line))
const answer = await pipe(poem, session.open(), lines, collect)

await served
await session.close()
await server.close()
console.log(answer)
console.log(`ok: piped ${answer.length} lines there and back through two transforms`)
// prints: ok: piped 2 lines there and back through two transforms
