// What would be published works by itself: packed as npm would, unpacked elsewhere, imported by plain Node and type-checked by a consumer that
// knows nothing of this workspace.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { json, packages } from './files.mjs'
import { finish, root } from './report.mjs'

const problems = []
const entries = []
const home = mkdtempSync(join(tmpdir(), 'muxado-consumer-'))
const tools = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Every file an `exports` value leads to, with the conditions on the way. */
function targets (value, conditions = []) {
  if (typeof value === 'string') return [{ file: value, conditions }]
  return Object.entries(value ?? {}).flatMap(([condition, inner]) => targets(inner, [...conditions, condition]))
}

function importing ({ name }) {
  const code = `console.log(Object.keys(await import('${name}')).length)`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: home, encoding: 'utf8' })
  if (status !== 0) problems.push(`${name}: plain node cannot import it from dist: ${stderr.split('\n').find(line => /Error/.test(line)) ?? stderr}`)
  else if (Number(stdout) === 0) problems.push(`${name}: exports nothing`)
}

try {
  // core comes first and is imported while it is alone: whatever it imported by name would be missing
  for (const room of ['core', ...packages(root).filter(name => name !== 'core')]) {
    const dir = join(root, 'packages', room)
    const manifest = json(root, `packages/${room}/package.json`)
    if (manifest.name !== `@muxado/${room}`) problems.push(`packages/${room}/package.json: is called ${manifest.name}`)
    for (const field of ['version', 'description', 'type', 'license', 'repository', 'sideEffects', 'engines', 'exports', 'files']) {
      if (manifest[field] === undefined) problems.push(`packages/${room}/package.json: has no "${field}"`)
    }
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], { cwd: dir, encoding: 'utf8', shell: process.platform === 'win32' })
    if (packed.status !== 0) {
      problems.push(`packages/${room}: npm pack failed: ${packed.stderr.trim()}`)
      continue
    }
    const files = JSON.parse(packed.stdout)[0].files.map(file => file.path)
    for (const file of files) if (/(^|\/)(test|\.build|coverage)\/|\.tsbuildinfo$|\.spec\./.test(file)) problems.push(`packages/${room}: would publish ${file}`)
    for (const file of ['README.md', 'LICENSE']) if (!files.includes(file)) problems.push(`packages/${room}: has no ${file} to publish`)
    for (const file of files) {
      mkdirSync(dirname(join(home, 'node_modules', manifest.name, file)), { recursive: true })
      cpSync(join(dir, file), join(home, 'node_modules', manifest.name, file))
    }
    for (const [subpath, value] of Object.entries(manifest.exports ?? {})) {
      for (const { file, conditions } of targets(value)) {
        if (!files.includes(file.replace(/^\.\//, ''))) problems.push(`packages/${room}/package.json: exports["${subpath}"].${conditions.join('.')} is ${file}, which is not there${file.includes('dist') ? ' (npm run build)' : ''}`)
      }
      if (!subpath.endsWith('.json')) entries.push({ room, name: manifest.name + subpath.slice(1) })
    }
    for (const file of Object.values(manifest.bin ?? {})) {
      if (!files.includes(file.replace(/^\.\//, ''))) problems.push(`packages/${room}/package.json: bin ${file} is not there`)
    }
    if (room === 'core') entries.forEach(importing)
  }

  // the rest with what npm would install beside it
  for (const room of packages(root)) {
    const { dependencies, peerDependencies } = json(root, `packages/${room}/package.json`)
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) link(name, room)
  }
  link('@types/node')
  entries.filter(({ room }) => room !== 'core').forEach(importing)

  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(home, 'consumer.ts'), entries.map(({ name }, i) => `import * as m${i} from '${name}'`).join('\n') + `\nexport const all: unknown[] = [${entries.map((_, i) => `m${i}`).join(', ')}]\n`)
  for (const [module, resolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom,dom.iterable,dom.asynciterable', '--types', 'node', '--skipLibCheck', 'false', '--module', module, '--moduleResolution', resolution]
    const { status, stdout } = spawnSync(process.execPath, [join(tools, 'typescript/bin/tsc'), ...options, 'consumer.ts'], { cwd: home, encoding: 'utf8' })
    if (status !== 0) problems.push(`a consumer with moduleResolution ${resolution} does not type-check:`, ...stdout.trim().split('\n').slice(0, 8).map(line => `  ${line}`))
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** Put an installed dependency, and what it depends on, beside the consumer. */
function link (name, room = '') {
  const to = join(home, 'node_modules', name)
  const nested = join(root, 'packages', room, 'node_modules', name)
  const from = existsSync(nested) ? nested : join(tools, name)
  if (name.startsWith('@muxado/') || existsSync(to)) return
  if (!existsSync(from)) {
    problems.push(`${name}: is a dependency and not installed`)
    return
  }
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(from, to, 'junction')
}

finish({
  checked: entries.length,
  what: `entries packed, imported by plain node and type-checked by a consumer: ${entries.map(({ name }) => name).join(', ')}`,
  problems,
  remedy: 'run `npm run clean && npm run build`, then mend "exports", "files" or "dependencies" of the package that is named.'
})
