// Every place in which our version stands, and how to change them together. Knows nothing of what a release is.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { json, list, packages, text } from './files.mjs'

/** Packages that JSR does not get, and why. */
export const notOnJsr = new Map([
  ['tunnel', 'a command that reads files of its own folder, and modules that come over https have none'],
  ['conformance', 'a command, which is what npm installs; programs do not import it']
])

const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?$/

/** Whether `version` is three numbers, with or without a part for what comes before them: 0.2.0, 0.2.0-rc.1. */
export const isVersion = version => semver.test(version)

/** Below 0 if `a` comes before `b`, above 0 if it comes after it. */
export function compare (a, b) {
  const [left, right] = [semver.exec(a).slice(1), semver.exec(b).slice(1)]
  for (const i of [0, 1, 2]) if (left[i] !== right[i]) return left[i] - right[i]
  if (left[3] === undefined || right[3] === undefined) return Number(left[3] === undefined) - Number(right[3] === undefined)
  const [before, after] = [left[3].split('.'), right[3].split('.')]
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [x, y] = [before[i], after[i]]
    if (x === y) continue
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)]
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1
    return xIsNumber ? x - y : x < y ? -1 : 1
  }
  return 0
}

// Each finds what stands before a version, then the version.
const itself = /^(\s*"version":\s*")([^"]*)/m
const eachOther = /("@muxado\/[\w-]+":\s*")([^"]*)/g
const onPages = /(@muxado\/[\w-]+@[\^~]?)(\d[\w.-]*\w)/g // npm:@muxado/deno@0.1.0
const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies']

/** Files in which the version stands as text. */
function places (root) {
  const rooms = packages(root)
  const top = readdirSync(root).filter(name => name.endsWith('.md') && name !== 'CHANGELOG.md')
  return [
    ...rooms.map(room => ({ file: `packages/${room}/package.json`, patterns: [itself, eachOther] })),
    ...rooms.filter(room => existsSync(join(root, `packages/${room}/deno.json`))).map(room => ({ file: `packages/${room}/deno.json`, patterns: [itself] })),
    ...[...top, ...['docs', 'packages', 'examples'].flatMap(dir => list(root, dir, '.md'))].map(file => ({ file, patterns: [onPages] }))
  ]
}

/** Where our version stands in package-lock.json: of each package, and of what they take of each other. */
function locked (lock) {
  return Object.entries(lock.packages).filter(([path]) => /^packages\/[^/]+$/.test(path)).flatMap(([path, entry]) => [
    { path, object: entry, key: 'version' },
    ...kinds.flatMap(kind => Object.keys(entry[kind] ?? {}).filter(name => name.startsWith('@muxado/')).map(key => ({ path, object: entry[kind], key })))
  ])
}

/** Every version that is found, as `{ where, version }`. */
export function read (root) {
  const found = []
  for (const { file, patterns } of places(root)) {
    const source = text(root, file)
    for (const pattern of patterns) {
      for (const m of pattern.global ? source.matchAll(pattern) : [pattern.exec(source)].filter(Boolean)) {
        found.push({ where: `${file}:${source.slice(0, m.index + m[1].length).split('\n').length}`, version: m[2] })
      }
    }
  }
  for (const { path, object, key } of locked(json(root, 'package-lock.json'))) found.push({ where: `package-lock.json, "${path}", "${key}"`, version: object[key] })
  return found
}

/** The files that change when all say `version`, with what they are then. */
export function rewritten (root, version) {
  const files = new Map()
  const add = (file, content) => { if (content !== text(root, file)) files.set(file, content) }
  for (const { file, patterns } of places(root)) {
    add(file, patterns.reduce((source, pattern) => source.replace(pattern, (_, before) => before + version), text(root, file)))
  }
  const lock = json(root, 'package-lock.json')
  for (const { object, key } of locked(lock)) object[key] = version
  add('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  return files
}

/** The sections of CHANGELOG.md, newest first. One without a date is not released; one without a version has a heading of no known form. */
export function sections (root) {
  const source = text(root, 'CHANGELOG.md')
  const all = [...source.matchAll(/^## (.*)$/gm)]
  return all.map((m, i) => {
    const [, released, date] = /^(\S+) \((\d{4}-\d{2}-\d{2})\)$/.exec(m[1]) ?? []
    const unreleased = /^Unreleased(?:: (\S+))?$/.exec(m[1])
    return {
      heading: m[0],
      state: unreleased !== null ? 'unreleased' : released !== undefined ? 'released' : 'unknown',
      version: unreleased?.[1] ?? released,
      date,
      body: source.slice(m.index + m[0].length, all[i + 1]?.index).trim()
    }
  })
}
