/**
 * The file that holds a measurement: what was run where, and every run. Can grow workload by workload.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const FORMAT = 1

/** @param {string} node the binary that is measured */
export function createDocument (node) {
  return {
    format: FORMAT,
    when: new Date().toISOString(),
    seconds: 0,
    machine: {
      node: execFileSync(node, ['-v'], { encoding: 'utf8' }).trim(),
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores: os.cpus().length,
      system: `${os.type()} ${os.release().split('-')[0]}`
    },
    peers: {},
    missing: {},
    workloads: {},
    results: [],
    traced: []
  }
}

/** @throws when the file is none of ours */
export function readDocument (file) {
  const doc = JSON.parse(readFileSync(file, 'utf8'))
  const problems = problemsOf(doc)
  if (problems.length > 0) throw new Error(`${file}: ${problems[0]}`)
  return doc
}

/** What `file` has, to be added to; or what `fresh` has, if there is no such file. Two Nodes or two machines do not mix. */
export function openDocument (file, fresh) {
  if (!existsSync(file)) return fresh
  const old = readDocument(file)
  for (const key of ['node', 'cpu', 'cores']) {
    if (old.machine[key] !== fresh.machine[key]) throw new Error(`${file} is of another machine: ${key} ${old.machine[key]}, here ${fresh.machine[key]}`)
  }
  return old
}

/** Put what was measured of one workload into `doc`, in the place of what it had. */
export function replaceWorkload (doc, name, { about, results, traced }) {
  const others = (list) => list.filter((run) => run.workload !== name)
  doc.workloads[name] = about
  doc.results = [...others(doc.results), ...results]
  doc.traced = [...others(doc.traced), ...traced]
}

/** Six digits are more than any of it means. */
const short = (_key, value) => typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value

/** One run a line, so that a change shows as one. */
export function writeDocument (file, doc) {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  const { results, traced, ...rest } = doc
  const lines = (list) => `[\n${list.map((run) => `  ${JSON.stringify(run, short)}`).join(',\n')}\n]`
  writeFileSync(file, `${JSON.stringify(rest, short, 1).slice(0, -2)},\n "results": ${lines(results)},\n "traced": ${lines(traced)}\n}\n`)
}

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value)

/** What a document lacks; [] when it is whole. */
export function problemsOf (doc) {
  if (doc?.format !== FORMAT) return [`format is ${doc?.format}, not ${FORMAT}`]
  const problems = []
  for (const key of ['machine', 'peers', 'missing', 'workloads']) if (typeof doc[key] !== 'object') problems.push(`has no ${key}`)
  for (const key of ['results', 'traced']) if (!Array.isArray(doc[key])) problems.push(`has no ${key}`)
  if (problems.length > 0) return problems
  for (const name of Object.keys(doc.workloads)) if (!doc.results.some((run) => run.workload === name)) problems.push(`${name} has no runs`)
  for (const run of doc.results) {
    const where = `${run.workload}, ${run.peer}`
    if (doc.workloads[run.workload] === undefined) problems.push(`${where}: is of no workload it has`)
    if (doc.peers[run.peer] === undefined) problems.push(`${where}: is of no peer it has`)
    if (!run.ok) {
      if (typeof run.error !== 'string') problems.push(`${where}: failed without a word`)
      continue
    }
    for (const key of ['value', 'units', 'ms', 'cpuMs', 'round']) if (!isNumber(run[key])) problems.push(`${where}: ${key} is ${run[key]}`)
    if (!(run.units > 0)) problems.push(`${where}: did nothing`)
    for (const [key, value] of Object.entries(run.extra ?? {})) if (!isNumber(value)) problems.push(`${where}: ${key} is ${value}`)
    if (run.curve?.length === 0) problems.push(`${where}: its curve has no point`)
    const twin = doc.workloads[run.workload]?.repeatable && doc.results.find((one) => one.ok && one.workload === run.workload && one.peer === run.peer)
    if (twin && (twin.value !== run.value || JSON.stringify(twin.curve) !== JSON.stringify(run.curve))) problems.push(`${where}: gives something else the second time`)
  }
  return problems
}
