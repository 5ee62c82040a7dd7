// A browser page that dials a Node peer: `node examples/browser.mjs` prints an address to open. Bundled by esbuild as it is, without plugins.
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { muxado } from '@muxado/libp2p'
import { build } from 'esbuild'
import { createLibp2p } from 'libp2p'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const peer = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
  transports: [webSockets()],
  connectionEncrypters: [noise()],
  streamMuxers: [muxado()]
})
await peer.handle('/hello/1.0.0', async stream => {
  let name = ''
  for await (const data of stream) name += new TextDecoder().decode(data.subarray())
  stream.send(new TextEncoder().encode(`hello ${name}, from Node ${process.versions.node.split('.')[0]}`))
  await stream.close()
})

const { outputFiles: [script] } = await build({
  entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
  bundle: true, write: false, format: 'esm', platform: 'browser', minify: true, conditions: ['muxado-source']
})
const server = createServer((request, response) => {
  if (request.url === '/page.js') {
    response.setHeader('content-type', 'text/javascript').end(script.text)
  } else if (request.url === '/said') {
    void text(request).then(answer => console.log(`the page says: ${answer}`))
    response.end()
  } else {
    response.setHeader('content-type', 'text/html').end('<!doctype html><body>dialling ...<script type=module src=/page.js></script>')
  }
})
server.listen(0, '127.0.0.1', () => console.log(`open http://127.0.0.1:${server.address().port}/#${peer.getMultiaddrs().join()}`))
// prints: the page says: hello a page, from Node ...
