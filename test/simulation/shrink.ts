/**
 * Makes a failing schedule smaller: leaves parts of its plan out, as long as it still fails. Knows what parts a plan has, and nothing of what
 * they do.
 *
 * @module
 */
import { drawPlan, type Plan, type SidePlan, type StreamPlan } from './plan.ts'
import { play, type Outcome } from './world.ts'

/** A part of a plan, by a name that stays the same whatever else is left out. */
interface Part { readonly name: string, readonly leaveOut: (plan: Plan) => void }

/** A list whose items can be left out, without a change in the places of the others. */
function items<T> (name: string, list: readonly T[], drop: (plan: Plan, item: T) => void): Part[] {
  return list.map((item, at) => ({ name: `${name}${at}`, leaveOut: (plan) => { drop(plan, item) } }))
}

function without<T> (list: T[], item: T): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}

function partsOfSide (name: string, side: SidePlan): Part[] {
  return [
    ...items(`${name}o`, side.ops, (_, op) => { without(side.ops, op) }),
    ...items(`${name}r`, side.read.steps, (_, step) => { without(side.read.steps, step) }),
    ...items(`${name}w`, side.write.steps, (_, step) => { without(side.write.steps, step) }),
    { name: `${name}-read`, leaveOut: () => { Object.assign(side.read, { style: 'read', tail: 'all' }) } },
    { name: `${name}-write`, leaveOut: () => { Object.assign(side.write, { style: 'write', tail: 'finish' }) } }
  ]
}

function partsOfStream (name: string, stream: StreamPlan): Part[] {
  return [
    ...partsOfSide(`${name}.near-`, stream.near),
    ...partsOfSide(`${name}.far-`, stream.far),
    { name: `${name}.at`, leaveOut: () => { stream.at = 0 } },
    { name: `${name}.options`, leaveOut: () => { Object.assign(stream, { type: 0, priority: 0, finish: false }) } }
  ]
}

/** Everything that can be left out of a plan, the largest parts first. */
export function partsOf (plan: Plan): Part[] {
  return [
    ...items('stream', plan.streams, ({ streams }, stream) => { without(streams, stream) }),
    ...items('command', plan.commands, ({ commands }, command) => { without(commands, command) }),
    ...plan.links.flatMap((link, at) => [
      { name: `link${at}.fate`, leaveOut: () => { link.fate = undefined } },
      ...link.directions.flatMap((direction, way) => [
        { name: `link${at}.${way}.stall`, leaveOut: () => { direction.stall = undefined } },
        { name: `link${at}.${way}.latency`, leaveOut: () => { direction.latencyMs = 1 } },
        { name: `link${at}.${way}.bandwidth`, leaveOut: () => { direction.bytesPerMs = Infinity } },
        { name: `link${at}.${way}.room`, leaveOut: () => { direction.room = 65_536 } },
        { name: `link${at}.${way}.chunk`, leaveOut: () => { direction.chunk = 0 } }
      ])
    ]),
    ...plan.ends.flatMap((end, at) => [
      { name: `end${at}.heartbeat`, leaveOut: () => { end.heartbeat = false } },
      { name: `end${at}.flush`, leaveOut: () => { end.flush = 'turn' as const } },
      { name: `end${at}.abort`, leaveOut: () => { end.abort = 'end' as const } },
      { name: `end${at}.accept`, leaveOut: () => { end.accept = { style: 'accept', pause: 0, stop: Infinity } } },
      ...Object.keys(end.limits).filter((limit) => limit !== 'lingerMs').map((limit) => ({ name: `end${at}.${limit}`, leaveOut: () => { Reflect.deleteProperty(end.limits, limit) } }))
    ]),
    ...plan.streams.flatMap((stream, at) => partsOfStream(`stream${at}`, stream))
  ]
}

/** The plan of a seed without these parts. */
export function planOf (seed: number, left: readonly string[]): Plan {
  const plan = drawPlan(seed)
  const parts = new Map(partsOf(plan).map((part) => [part.name, part]))
  for (const name of left) {
    const part = parts.get(name)
    if (!part) throw new Error(`seed ${seed} has no part ${name}`)
    part.leaveOut(plan)
  }
  return plan
}

/** What fails, whatever the numbers in it. */
function kindOf (outcome: Outcome): string | undefined {
  return outcome.wrong?.split('\n')[0]?.replace(/\d+/g, '#').slice(0, 60)
}

/**
 * The names of all parts without which the schedule of `seed` still fails in the same way. What belongs to a stream that is left out is not
 * named.
 */
export async function shrink (seed: number): Promise<string[]> {
  const kind = kindOf(await play(drawPlan(seed)))
  const left: string[] = []
  // Twice: what could not be left out at first may be superfluous once something else is
  for (let round = 0; round < 2; round++) {
    for (const { name } of partsOf(drawPlan(seed))) {
      if (left.includes(name) || left.some((whole) => name.startsWith(`${whole}.`))) continue
      if (kindOf(await play(planOf(seed, [...left, name]))) === kind) left.push(name)
    }
  }
  return left.filter((name) => !left.some((whole) => name.startsWith(`${whole}.`)))
}

/** A failure as text: what is wrong, how to see it again, and all that happened in the smallest schedule that still fails so. */
export async function failureText (seed: number, command = 'npm run simulate --'): Promise<string> {
  const { wrong } = await play(drawPlan(seed), true)
  const left = await shrink(seed)
  const smallest = await play(planOf(seed, left), true)
  const trace = smallest.trace.length > 150 ? ['...', ...smallest.trace.slice(-150)] : smallest.trace
  return [
    `seed ${seed}: ${wrong}`,
    `replay: ${command} --seed ${seed}`,
    `smallest: ${command} --seed ${seed} --without ${left.join()}`,
    ...trace,
    `seed ${seed}, made smaller: ${smallest.wrong}`
  ].join('\n')
}
