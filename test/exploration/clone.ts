/**
 * Copies of a machine: of all objects it is made of, and of none of what never changes. A constructor is made for each class of objects, since
 * exploration does little else than this. Knows nothing of what the objects mean.
 *
 * @module
 */

type Fields = { [name: string]: unknown }
type Shell = new (from: object, copy: (value: unknown) => unknown) => object

/** Fields that hold the same for all copies: what is in them never changes once made, or is not used before
 * thousands of streams are over. */
const SHARED: ReadonlySet<string> = new Set(['settings', 'said', 'heard', 'ending', 'head'])
/** Bytes that are written to after they were made. Others are payload, or a block whose bytes are copied as soon as they were sent. */
const WRITTEN: ReadonlySet<string> = new Set(['$held', '$debug'])
/** Classes of which one object may stand in several places. */
const KNOWN: ReadonlySet<string> = new Set(['End', 'StreamRecord'])

const shells = new Map<object, Shell>()
const seen = new Map<object, object>()

/** A copy of `root` that shares nothing with it that can change. */
export function clone<T extends object> (root: T): T {
  seen.clear()
  return copy(root) as T // the same kind of thing
}

function copy (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.length === 0 ? [] : value.map(copy)
  const kind: unknown = Object.getPrototypeOf(value)
  if (kind === Set.prototype) {
    const set = new Set<unknown>()
    for (const one of value as Set<unknown>) set.add(copyMember(one))
    return set
  }
  if (kind === Map.prototype) {
    const map = new Map<unknown, unknown>()
    for (const [key, one] of value as Map<unknown, unknown>) map.set(key, copy(one))
    return map
  }
  if (value instanceof Uint8Array || value instanceof Error) return value
  const Copy = shells.get(kind as object) ?? shellFor(value)
  const known = seen.get(value)
  return known ?? new Copy(value, copy)
}

/** Frames that wait to be sent are plain objects which never change, and are told apart by which they are. */
function copyMember (value: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype ? value : copy(value)
}

/** A constructor of copies of what is like `sample`. Plain objects are all different, others are like their class. */
function shellFor (sample: object): Shell {
  const kind = Object.getPrototypeOf(sample) as object
  if (kind === Object.prototype) return Plain
  const body = Object.keys(sample).map((name) => {
    const field = `from[${JSON.stringify(name)}]`
    return `this[${JSON.stringify(name)}] = ${SHARED.has(name) ? field : WRITTEN.has(name) ? `${field}.slice()` : `typeof ${field} === 'object' ? copy(${field}) : ${field}`}`
  })
  const keep = KNOWN.has(kind.constructor.name) ? ['seen.set(from, this)'] : []
  // oxlint-disable-next-line typescript/no-implied-eval -- the fields are known only now
  const make = new Function('seen', `return function (from, copy) { ${[...keep, ...body].join('; ')} }`) as (known: Map<object, object>) => Shell
  const Copy = make(seen)
  Copy.prototype = kind
  shells.set(kind, Copy)
  return Copy
}

class Plain {
  constructor (from: object, deep: (value: unknown) => unknown) {
    const to: Fields = { ...from }
    for (const name in to) if (typeof to[name] === 'object') to[name] = deep(to[name])
    return to
  }
}
