import { assert } from 'chai'
import { collect, connect, failure, Link, still, text, words } from './pair.ts'

describe('Session.accept', () => {
  it('gives streams in the order they came, to callers in the order they asked', async () => {
    const { client, server } = connect()
    const early = [server.accept(), server.accept()]
    const opened = [client.open(), client.open(), client.open()]
    const accepted = [...await Promise.all(early), await server.accept()]
    assert.deepEqual(accepted.map(({ id }) => id), opened.map(({ id }) => id))
    assert.deepInclude(client.stats(), { opened: 3, accepted: 0, streams: 3 })
    assert.deepInclude(server.stats(), { opened: 0, accepted: 3, streams: 3 })
  })

  it('gives up with its signal, and the stream goes to the next caller', async () => {
    const { client, server } = connect()
    const control = new AbortController()
    const reason = new Error('enough')
    const given = failure(server.accept({ signal: control.signal }))
    const waiting = server.accept()
    control.abort(reason)
    assert.equal(await given, reason)
    assert.equal(await failure(server.accept({ signal: control.signal })), reason)
    client.open()
    assert.equal((await waiting).id, 3)
  })

  it('refuses streams beyond the backlog, which the opener may retry', async () => {
    const { client, server, link } = connect({}, new Link(), { acceptBacklog: 2 })
    const [first, second, third] = [client.open(), client.open(), client.open()]
    assert.deepInclude(await third.closed, { code: 'STREAM_REFUSED', retryable: true })
    await still(link)
    assert.deepEqual([first.state, second.state], ['open', 'open'])
    assert.equal((await server.accept()).id, first.id)
    const fourth = client.open()
    await still(link)
    assert.equal(fourth.state, 'open')
  })

  it('does not offer a stream that the peer has reset, and has its place free again', async () => {
    const { client, server, link } = connect({}, new Link(), { acceptBacklog: 1 })
    const gone = client.open()
    await still(link)
    gone.reset()
    await still(link)
    const next = client.open()
    await still(link)
    assert.equal((await server.accept()).id, next.id)
  })

  it('rejects when the session ends, but not before it has given what was complete', async () => {
    const { client, server, link } = connect()
    await client.open().closeWrite(text('one way'))
    client.open()
    await still(link)
    await client.close()
    const stream = await server.accept()
    assert.equal(words(await collect(stream)), 'one way')
    assert.equal((await failure(server.accept())).code, 'PEER_EOF')
    assert.equal((await failure(client.accept())).code, 'SESSION_CLOSED')
  })
})

describe('Session[Symbol.asyncIterator]', () => {
  it('accepts until the session ends, and ends quietly', async () => {
    const { client, server } = connect()
    const ids: number[] = []
    const serving = (async () => { for await (const stream of server) ids.push(stream.id) })()
    client.open()
    client.open()
    await still()
    client.abort(new Error('gone'))
    await serving
    assert.deepEqual(ids, [3, 5])
  })
})
