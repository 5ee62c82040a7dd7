/**
 * `node bench/lib/prof.mjs FILE [N]`: the N functions with the most self time in a .cpuprofile, idle time left out.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** @type {(file: string, count?: number) => string} */
export function hottest (file, count = 20) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const self = new Map()
  let total = 0
  samples.forEach((id, i) => {
    const { functionName, url, lineNumber } = frames.get(id)
    if (functionName === '(idle)') return
    const where = url === '' ? '' : `${url.replace('file://', '').replace(root, '')}:${lineNumber + 1}`
    const key = `${functionName || '(anonymous)'}  ${where}`
    self.set(key, (self.get(key) ?? 0) + timeDeltas[i])
    total += timeDeltas[i]
  })
  const top = [...self].sort((a, b) => b[1] - a[1]).slice(0, count)
  return [`${file}: ${Math.round(total / 1000)} ms not idle`, ...top.map(([key, us]) => `${(us / total * 100).toFixed(1).padStart(6)} %  ${key}`)].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(hottest(process.argv[2], Number(process.argv[3] ?? 20)))
