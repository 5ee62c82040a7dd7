// Each package as npm would send it, installed into an empty project and used from JavaScript, from TypeScript with both ways of resolving and both
// the newest and the oldest compiler that we support, and through esbuild and Vite. Every program really runs.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { build as vite } from 'vite'
import { find } from '../runtimes/lib/find.mjs'
import { check, end, findDeno, here, missing, published, root, run } from './lib.mjs'
import { installs, programs, source, unused, wrong } from './programs.mjs'

const compilers = [['7', join(root, 'node_modules/typescript/bin/tsc')], ['5.7', join(here, 'node_modules/typescript/bin/tsc')]]
const resolutions = [['nodenext', 'nodenext'], ['esnext', 'bundler']]
const runtimes = {
  deno: { program: findDeno(), args: ['run', '--no-config', '--node-modules-dir=manual', '--allow-net', '--allow-read=.'] },
  bun: { program: findBun(), args: ['run'] } // as the tests of runtimes install it
}
const widths = [20, 6, 9, 9, 9, 9, 8, 5]
const line = cells => console.log(cells.map((cell, i) => cell.padEnd(widths[i])).join(' ').trimEnd())

for (const name of unused()) check(name, 'no program in test/packages/programs imports it')
line(['program', 'js', '7 next', '7 bundler', '5.7 next', '5.7 bund.', 'esbuild', 'vite'])
for (const { room } of published().filter(({ room }) => process.argv.length === 2 || process.argv.includes(room))) {
  const own = programs.filter(program => program.room === room)
  if (!check(`${room}: used`, own.length > 0 ? undefined : 'no program in test/packages/programs.mjs uses it')) continue
  const home = realpathSync(mkdtempSync(join(tmpdir(), `muxado-${room}-`)))
  try {
    await use(room, own, home)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
end('uses of packages in empty projects')

async function use (room, own, home) {
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }')
  const npm = await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error', ...installs(room)], { cwd: home, timeoutMs: 180_000, shell: process.platform === 'win32' })
  if (!check(`${room}: installs`, npm.status === 0 ? undefined : npm.output)) return
  const { manifest } = published().find(entry => entry.room === room)
  for (const entry of Object.keys(manifest.exports)) {
    const { status, output } = await run(process.execPath, ['--input-type=commonjs', '-e', `console.log(Object.keys(require('${manifest.name + entry.slice(1)}')).length)`], { cwd: home })
    check(`${room}: require() of ${entry} in CommonJS`, status === 0 && Number(output) > 0 ? undefined : output)
  }
  for (const name of Object.keys(manifest.bin ?? {})) {
    const { output } = await run(join(home, 'node_modules/.bin', name), ['--version'], { cwd: home, shell: process.platform === 'win32' })
    check(`${room}: ${name} --version`, output.includes(manifest.version) ? undefined : output)
  }
  mkdirSync(join(home, 'src'))
  for (const { file } of own) writeFileSync(join(home, 'src', file), source(file))

  // all programs of a package that have the same globals are one project for tsc
  const typed = new Map()
  for (const types of new Set(own.map(program => program.types?.join() ?? ''))) {
    const files = own.filter(program => (program.types?.join() ?? '') === types).map(({ file }) => `src/${file}`)
    for (const [module, moduleResolution] of resolutions) {
      for (const [version, tsc] of compilers) {
        const config = `tsconfig.${version}.${moduleResolution}.${types}.json`
        writeFileSync(join(home, config), JSON.stringify({ compilerOptions: options({ module, moduleResolution, types, outDir: `out/${version}/${moduleResolution}` }), files }))
        const { status, output } = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], { cwd: home })
        for (const file of files) typed.set(`${version} ${moduleResolution} ${file.slice(4)}`, status === 0 ? undefined : output)
      }
    }
  }

  for (const { file, runtime, external = [] } of own) {
    const base = file.replace(/\.ts$/, '')
    const cells = [file]
    const runs = async (what, js) => {
      if (runtime === 'page') return cells.push('-') // pages.mjs runs it in one
      const { program, args } = runtimes[runtime] ?? { program: process.execPath, args: [] }
      if (program === undefined) return cells.push('MISSING')
      const result = await run(program, [...args, js], { cwd: home })
      cells.push(check(`${file}: ${what}`, wrong(result)) ? 'ok' : 'FAIL')
    }

    writeFileSync(join(home, `${base}.js`), (await esbuild.transform(source(file), { loader: 'ts', target: 'es2022' })).code)
    await runs('plain JavaScript', `${base}.js`)
    for (const [version] of compilers) {
      for (const [, resolution] of resolutions) {
        const problem = typed.get(`${version} ${resolution} ${file}`)
        if (check(`${file}: TypeScript ${version}, ${resolution}`, problem)) await runs(`built by TypeScript ${version}, ${resolution}`, `out/${version}/${resolution}/${base}.js`)
        else cells.push('FAIL')
      }
    }
    for (const { bundler, bundle } of [{ bundler: 'esbuild', bundle: withEsbuild }, { bundler: 'vite', bundle: withVite }]) {
      const to = `out/${bundler}/${base}.js`
      const problem = await bundle(home, file, to, external).then(() => left(join(home, to), external), error => error.message)
      if (check(`${file}: ${bundler}`, problem)) await runs(`bundled by ${bundler}`, to)
      else cells.push('FAIL')
    }
    line(cells)
  }
}

function findBun () {
  const { program, why } = find('bun')
  return program ?? missing('bun', why)
}

/** What a strict project says; the rest is as tsc has it. */
function options ({ types, ...more }) {
  const globals = types === '' ? { types: [], lib: ['es2022', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'] } : { types: types.split(',') }
  return { ...more, ...globals, target: 'es2022', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, rootDir: 'src' }
}

async function withEsbuild (home, file, outfile, external) {
  await esbuild.build({ absWorkingDir: home, entryPoints: [`src/${file}`], outfile, bundle: true, format: 'esm', platform: 'node', target: 'es2022', external, logLevel: 'silent' })
}

async function withVite (home, file, outfile, external) {
  await vite({
    root: home,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, external },
    build: { ssr: `src/${file}`, outDir: join(outfile, '..'), emptyOutDir: false, target: 'es2022', rollupOptions: { output: { entryFileNames: file.replace(/\.ts$/, '.js') } } }
  })
}

/** A bundle stands alone: it imports only what was left out, and modules of Node. */
function left (bundle, external) {
  const names = [...readFileSync(bundle, 'utf8').matchAll(/^\s*(?:import|export)\b[^'"()]*?(?:\bfrom\s*)?["']([^"'\n]+)["']/gm)].map(m => m[1])
  const more = names.filter(name => !isBuiltin(name) && !external.includes(name))
  return more.length === 0 ? undefined : `leaves out ${more.join(', ')}`
}
