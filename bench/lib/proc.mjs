/**
 * One end of a run in its own process (`server` or `client`), `both` over a pair, or `solo` without a connection. Started by runner.mjs, talks to
 * it over IPC.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { createServer, createServerState, memory } from './load.mjs'
import { measure, meter, peakMiB, profiler } from './measure.mjs'
import { dialTcp, dialWs, listenTcp, listenWs, pipePair } from './transport.mjs'
import { WORKLOADS } from './workloads.mjs'

/**
 * @typedef {object} Job
 * @property {'server' | 'client' | 'both' | 'solo'} role
 * @property {string} workload
 * @property {import('./peers.mjs').Peer} peer
 * @property {Record<string, number>} override of the workload's sizes
 * @property {boolean} cold no warm-up
 * @property {string} [profileTo] a folder
 */

/** @type {Job} */
const job = JSON.parse(process.argv[2])
/** Where the server listens, for the client, which starts at the same time. */
const listening = job.role === 'client' ? new Promise((resolve) => { process.once('message', ({ address }) => resolve(address)) }) : undefined
const driver = await import(pathToFileURL(job.peer.file).href)
const workload = WORKLOADS[job.workload]
const profile = profiler(job.profileTo && path.join(job.profileTo, `${job.workload}-${job.peer.name}-${job.role}.cpuprofile`))
const state = createServerState()

function fail (error) {
  const text = String(error?.stack ?? error).split('\n').slice(0, 4).join(' | ')
  process.send({ type: 'fail', error: text }, () => process.exit(1))
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

let stop = meter()

/** What the server's end answers to the client's questions. */
async function answer (question) {
  switch (question) {
    case 'start':
      globalThis.gc?.()
      await profile.start()
      stop = meter()
      return {}
    case 'report': {
      const used = stop()
      await profile.stop()
      return { ...used, peakMiB: peakMiB(), errors: state.errors.slice(0, 3) }
    }
    case 'held': return { held: state.held }
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return { ms: (user + system) / 1000 }
    }
    case 'memory': return memory()
  }
}

const { kind } = workload

/** What a driver is told. */
const context = (more) => ({ driver, workload: job.workload, kind, params: job.peer.params, override: job.override, cold: job.cold, profile, ...more })

async function runServer () {
  const onStream = createServer(state)
  const told = context()
  const address = driver.listen !== undefined
    ? await driver.listen(onStream, told)
    : await (workload.kind === 'ws' ? listenWs : listenTcp)((pipe) => { driver.serve(pipe, onStream, told) })
  process.on('message', ({ id, question }) => {
    answer(question).then((value) => process.send({ type: 'answer', id, value })).catch(fail)
  })
  process.send({ type: 'listening', address })
}

async function runClient () {
  const waiting = new Map()
  const address = await listening
  process.on('message', ({ id, value }) => {
    waiting.get(id)(value)
    waiting.delete(id)
  })
  let lastId = 0
  const server = (question) => new Promise((resolve) => {
    waiting.set(++lastId, resolve)
    process.send({ type: 'ask', id: lastId, question })
  })
  const told = context({ server, dial: () => workload.kind === 'ws' ? dialWs(address) : dialTcp(address) })
  told.session = async () => driver.dial !== undefined ? await driver.dial(address, told) : await driver.connect(await told.dial(), told)
  process.send({ type: 'result', result: await measure(workload, await told.session(), told) })
}

// the client's own meter sees all of it
const nothing = { cpuMs: 0, kernelMs: 0, reads: 0, writes: 0, peakMiB: 0 }

/** What the other end answers where there is none. */
async function noServer (question) {
  switch (question) {
    case 'start': return {}
    case 'report': return { ...nothing, errors: state.errors.slice(0, 3) }
    default: return await answer(question)
  }
}

async function runBoth () {
  const onStream = createServer(state)
  const dial = async () => {
    const [a, b] = pipePair()
    driver.serve(b, onStream, told)
    return a
  }
  const told = context({ server: noServer, dial })
  const mux = await driver.connect(await dial(), told)
  process.send({ type: 'result', result: await measure(workload, mux, told) })
}

async function runSolo () {
  process.send({ type: 'result', result: await measure(workload, undefined, context({ server: noServer })) })
}

await { server: runServer, client: runClient, both: runBoth, solo: runSolo }[job.role]().catch(fail)
