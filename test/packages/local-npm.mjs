// A registry like npm's on this machine: takes what `npm publish` sends, and says what is there. Knows nothing of our packages.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/** Start it. `published`: what came, in order, as `{ manifest, tags, bytes, access }`. */
export async function serveNpm () {
  const published = []
  const respond = async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://npm').pathname.slice(1))
    const versions = published.filter(({ manifest }) => manifest.name === name)
    const answer = (status, body) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }
    if (request.method === 'PUT') {
      const body = await json(request)
      const [manifest] = Object.values(body.versions)
      const [attachment] = Object.values(body._attachments)
      published.push({ manifest, tags: body['dist-tags'], bytes: attachment.length, access: body.access })
      answer(201, { ok: true })
    } else if (request.method === 'GET' && versions.length > 0) {
      answer(200, { name, 'dist-tags': versions.at(-1).tags, versions: Object.fromEntries(versions.map(({ manifest }) => [manifest.version, manifest])) })
    } else {
      answer(404, { error: 'not found' })
    }
  }
  const server = createServer((request, response) => { void respond(request, response) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}/`, published, close: () => { server.close(); server.closeAllConnections() } }
}
