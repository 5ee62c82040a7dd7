// A registry like JSR on this machine: takes what `deno publish` sends, and gives it to whoever imports `jsr:`. Knows nothing of our packages.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** The files of a tar archive, by path. */
function untar (archive) {
  const files = new Map()
  const field = (at, length) => archive.toString('utf8', at, at + length).replace(/\0[^]*/, '')
  for (let at = 0; archive[at] > 0;) {
    const size = parseInt(field(at + 124, 12), 8)
    const name = [field(at + 345, 155), field(at, 100)].filter(Boolean).join('/').replace(/^(?:\.\/)?/, '/')
    if (['0', ''].includes(field(at + 156, 1))) files.set(name, archive.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** Start it. `packages`: name -> `{ version, exports, files }` of what was published. */
export async function serveJsr () {
  const packages = new Map()
  const answer = async (request) => {
    const { pathname } = new URL(request.url, 'http://jsr')
    const publish = /^\/api\/scopes\/([^/]+)\/packages\/([^/]+)(?:\/versions\/([^/]+))?$/.exec(pathname)
    if (publish !== null) {
      const [, scope, name, version] = publish
      if (version === undefined) return { scope, name, latestVersion: null, description: '', githubRepository: null, score: null }
      if (request.method !== 'POST') return undefined // not there yet
      const files = untar(gunzipSync(await buffer(request)))
      const { exports } = JSON.parse(files.get('/deno.json').toString())
      packages.set(`@${scope}/${name}`, { version, files, exports: typeof exports === 'string' ? { '.': exports } : exports })
      return { id: '00000000-0000-0000-0000-000000000000', status: 'success', error: null }
    }
    const [, own, rest] = /^\/(@[^/]+\/[^/]+)\/(.*)$/.exec(pathname) ?? []
    const found = packages.get(own)
    if (found === undefined) return undefined
    const { version, files, exports } = found
    if (rest === 'meta.json') return { scope: own.slice(1).split('/')[0], name: own.split('/')[1], latest: version, versions: { [version]: {} } }
    if (rest === `${version}_meta.json`) {
      const manifest = Object.fromEntries([...files].map(([path, bytes]) => [path, { size: bytes.length, checksum: `sha256-${createHash('sha256').update(bytes).digest('hex')}` }]))
      return { manifest, exports }
    }
    return files.get(rest.slice(version.length))
  }
  const respond = async (request, response) => {
    const body = await answer(request)
    if (body === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{ "code": "notFound", "message": "not found" }')
    else if (Buffer.isBuffer(body)) response.writeHead(200, { 'content-type': 'text/typescript' }).end(body)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => { void respond(request, response) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}/`, packages, close: () => { server.close(); server.closeAllConnections() } }
}
