/**
 * What the runs of a document say: medians, spread, and ratios. A ratio is taken between runs of the same round, and the median of those counts.
 */
import { median } from './table.mjs'

/** One figure of a run: `value`, CPU (`cpu`, us) or write calls (`writes`) for each unit, or what the workload adds. */
export function figure (run, name) {
  switch (name) {
    case 'value': return run.value
    case 'cpu': return run.cpuMs * 1000 / run.units
    case 'writes': return run.writes / run.units
    case 'reads': return run.reads / run.units
    default: return run.extra?.[name] ?? NaN
  }
}

/** The medians of curves, point by point: all their numbers but what names a point. */
function medianCurve (curves) {
  const [first = []] = curves
  return first.map((point, i) => Object.fromEntries(Object.keys(point).map((key) => {
    const values = curves.map((curve) => curve[i]?.[key])
    return [key, typeof point[key] === 'number' ? median(values) : point[key]]
  })))
}

/** The runs of one peer in one workload. */
class Row {
  /** @param {object[]} runs all of the workload */
  constructor (peer, runs) {
    const mine = runs.filter((run) => run.peer === peer)
    this.peer = peer
    this.runs = mine.filter((run) => run.ok)
    this.error = mine.find((run) => !run.ok)?.error
    this.all = runs
  }

  median (name) {
    return median(this.runs.map((run) => figure(run, name)))
  }

  get min () { return Math.min(...this.runs.map((run) => run.value)) }
  get max () { return Math.max(...this.runs.map((run) => run.value)) }
  get peakMiB () { return median(this.runs.map((run) => run.peakMiB)) }
  get curve () { return medianCurve(this.runs.map((run) => run.curve ?? [])) }

  /** How many times the other's figure this one's is. NaN where they have no round in common. */
  against (other, name) {
    return median(this.runs.map((run) => {
      const theirs = this.all.find((one) => one.peer === other && one.round === run.round && one.ok)
      return theirs === undefined ? NaN : figure(run, name) / figure(theirs, name)
    }))
  }
}

/** @returns {Record<string, Record<string, Row>>} by workload and peer; peers that did not run are left out */
export function summarize ({ workloads, peers, results }) {
  return Object.fromEntries(Object.keys(workloads).map((name) => {
    const runs = results.filter((run) => run.workload === name)
    const ran = Object.keys(peers).filter((peer) => runs.some((run) => run.peer === peer))
    return [name, Object.fromEntries(ran.map((peer) => [peer, new Row(peer, runs)]))]
  }))
}
