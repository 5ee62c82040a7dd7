/**
 * What this tab serves: a text, a file that the user chose, a count that streams, an echo. Makes responses; knows no panel and no gateway.
 *
 * @module
 */
import type { Handler } from '../serve.ts'

/** What the user put on show. */
export interface Shown {
  readonly text: string
  readonly file: File | undefined
}

/** A handler for these things. `shown` is asked at each request, so that what changes in the tab is what the next client gets. */
export function site (shown: () => Shown): Handler {
  return (request, { name }) => {
    const path = new URL(request.url).pathname.slice(`/t/${name}`.length)
    switch (path) {
      case '/': return new Response(`${shown().text}\n`, { headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } })
      case '/echo': return new Response(request.body, { headers: { 'Content-Type': 'application/octet-stream' } })
      case '/count': return new Response(count(request.signal), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
      case '/file': {
        const { file } = shown()
        if (file === undefined) return new Response('no file was chosen in the tab\n', { status: 404 })
        return new Response(file.stream(), { headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': `${file.size}`, 'Content-Disposition': 'attachment' } })
      }
      default: return new Response('there are /, /echo, /count and /file\n', { status: 404 })
    }
  }
}

/** A line a second, ten of them. */
function count (signal: AbortSignal): ReadableStream<Uint8Array> {
  let line = 0
  return new ReadableStream({
    async pull (controller) {
      if (line > 0) await new Promise((resolve) => { setTimeout(resolve, 1000) })
      if (signal.aborted) return
      line += 1
      controller.enqueue(new TextEncoder().encode(`${line} of 10\n`))
      if (line === 10) controller.close()
    }
  }, { highWaterMark: 0 })
}
