// What JSR would get: no slow types, nothing that only npm resolves; published to a registry on this machine, and used from there by Deno.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { code } from '../gate/files.mjs'
import { notOnJsr } from '../gate/version-places.mjs'
import { check, end, findDeno, published, root, run } from './lib.mjs'
import { serveJsr } from './local-jsr.mjs'
import { programs, source, wrong } from './programs.mjs'

const deno = findDeno()
if (deno !== undefined) await all()
end('packages for JSR')

async function all () {
  const rooms = published().filter(({ room }) => !notOnJsr.has(room))
  for (const { room } of published()) if (notOnJsr.has(room)) console.log(`${room.padEnd(12)} not on JSR: ${notOnJsr.get(room)}`)
  const env = { ...process.env, NO_COLOR: '1' }
  const dry = await run(deno, ['publish', '--dry-run', '--allow-dirty'], { cwd: root, env })
  if (!check('deno publish --dry-run', dry.status === 0 && !/warning/i.test(dry.output) ? undefined : dry.output)) return
  for (const { manifest: { name, version } } of rooms) check(name, dry.output.includes(`Simulating publish of ${name}@${version}`) ? undefined : 'is not among what deno publish --dry-run lists')

  const registry = await serveJsr()
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'muxado-jsr-')))
  try {
    const there = { ...env, JSR_URL: registry.url, DENO_DIR: join(home, 'cache') }
    const sent = await run(deno, ['publish', '--allow-dirty', '--token', 'any'], { cwd: root, env: there })
    if (!check('deno publish, to a registry on this machine', sent.status === 0 ? undefined : sent.output)) return
    for (const { room, manifest: { name, version } } of rooms) {
      const found = registry.packages.get(name)
      if (!check(`${name} has come`, found?.version === version ? undefined : `as ${found?.version}`)) continue
      const lost = [...found.files].filter(([path]) => path.endsWith('.ts')).flatMap(([path, bytes]) => imported(bytes.toString()).filter(to => !/^(?:jsr|npm|node):/.test(to))
        .filter(to => !to.startsWith('.') || !found.files.has(posix.join(posix.dirname(path), to))).map(to => `${path}: ${to}`))
      check(`${name}: imports what JSR can find`, lost.length === 0 ? undefined : `${lost.join('\n')}\nSay in packages/${room}/deno.json, "imports", which package that is`)
      const kib = [...found.files.values()].reduce((sum, bytes) => sum + bytes.length, 0) / 1024
      console.log(`${room.padEnd(12)} ${String(found.files.size).padStart(3)} files, ${kib.toFixed(1)} KiB`)
    }
    await use(rooms, home, there, registry)
  } finally {
    registry.close()
    rmSync(home, { recursive: true, force: true })
  }
}

/** What a module imports, by name. */
function imported (source) {
  return [...code(source, { keepStrings: true }).matchAll(/^\s*(?:import|export)\b[^'"`;=]*?\bfrom\s*(['"])([^'"]+)\1|\bimport\s*\(\s*(['"])([^'"]+)\3/gm)].map(m => m[2] ?? m[4])
}

/** The programs of each package, as they are, with its name leading to the registry. */
async function use (rooms, home, env, registry) {
  const imports = Object.fromEntries(rooms.flatMap(({ manifest: { name, version, exports } }) => Object.keys(exports).map(entry => [name + entry.slice(1), `jsr:${name}@${version}${entry.slice(1)}`])))
  const own = programs.filter(({ room, runtime }) => (runtime === undefined || runtime === 'deno') && rooms.some(entry => entry.room === room))
  // Deno would fetch these itself; from node_modules it takes them where npm has its registry
  const sources = [...registry.packages.values()].flatMap(({ files }) => [...files].filter(([path]) => path.endsWith('.ts')).map(([, bytes]) => bytes.toString())).join('\n')
  const beside = Object.fromEntries([...sources.matchAll(/['"]npm:((?:@[\w-]+\/)?[\w.-]+)@([^'"/]+)/g)].map(([, name, range]) => [name, range]))
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: { '@types/node': '20.19.43', ...beside } }))
  writeFileSync(join(home, 'deno.json'), JSON.stringify({ nodeModulesDir: 'manual', lock: false, imports, compilerOptions: { lib: ['deno.ns', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext'] } }))
  const npm = await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error'], { cwd: home, timeoutMs: 180_000, shell: process.platform === 'win32' })
  if (!check('what they need of npm', npm.status === 0 ? undefined : npm.output)) return
  for (const { file } of own) {
    writeFileSync(join(home, file), source(file))
    const types = await run(deno, ['check', file], { cwd: home, env })
    const ran = await run(deno, ['run', '--allow-all', file], { cwd: home, env })
    const cells = [['types', types.status === 0 ? undefined : types.output], ['runs', wrong(ran)]].map(([what, problem]) => `${what} ${check(`${file} from JSR, ${what}`, problem) ? 'ok' : 'FAIL'}`)
    console.log(`${file.padEnd(18)} ${cells.join(', ')}`)
  }
}
