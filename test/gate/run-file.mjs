// Runs one TypeScript program from its source as a user would, and judges how it ended. Knows nothing of where programs come from.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const hook = new URL('../ts.mjs', import.meta.url).href

/** Arguments with which any supported Node runs our TypeScript unbuilt. */
export const nodeArgs = ['--import', hook, '--conditions=muxado-source', '--disable-warning=ExperimentalWarning']

/** What a program promises: the text of its last line, `// prints: ...`; `...` inside stands for anything. */
export function promised (source) {
  return /^\/\/ prints: (.+)$/.exec(source.trimEnd().split('\n').at(-1))?.[1]
}

/** Run `file` for at most `timeoutMs`; resolves with what is wrong about it, or undefined. */
export async function judge (file, source, { cwd, timeoutMs = 30_000 }) {
  const line = promised(source)
  if (line === undefined) return 'its last line is not `// prints: <the last line of its output>`'
  const child = spawn(process.execPath, [...nodeArgs, file], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', data => { out += data })
  child.stderr.setEncoding('utf8').on('data', data => { err += data })
  let late = false
  const timer = setTimeout(() => { late = true; child.kill('SIGKILL') }, timeoutMs)
  const code = await new Promise(resolve => { child.on('close', resolve) })
  clearTimeout(timer)
  const detail = indent(err || out)
  if (late) return `still runs after ${timeoutMs / 1000} s${detail}`
  if (code !== 0) return `exits with ${code}${detail}`
  if (err !== '') return `writes to stderr${detail}`
  const last = out.trimEnd().split('\n').at(-1)
  const pattern = new RegExp(`^${line.split('...').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
  if (!pattern.test(last)) return `ends with \`${last}\`, not \`${line}\``
  return undefined
}

const indent = text => text.trim() === '' ? '' : '\n' + text.trimEnd().split('\n').slice(-12).map(line => `    ${line}`).join('\n')

/** The folder of this project, whatever tree is being checked. */
export const project = fileURLToPath(new URL('../..', import.meta.url))
