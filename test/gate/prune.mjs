// Removes from dist what tsc once wrote for sources that are gone: it would be packed.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { list, packages } from './files.mjs'

export function prune (root) {
  for (const room of packages(root)) {
    const dist = join(root, 'packages', room, 'dist')
    if (!existsSync(dist)) continue
    const sources = new Set(list(root, `packages/${room}/src`, '.ts').map(file => file.slice(`packages/${room}/src/`.length, -3)))
    for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(js|d\.ts)(\.map)?$/.test(entry.name)) continue
      const path = join(entry.parentPath ?? entry.path, entry.name)
      const module = path.slice(dist.length + 1).replace(/\\/g, '/').replace(/\.(js|d\.ts)(\.map)?$/, '')
      if (!sources.has(module)) rmSync(path, { force: true })
    }
  }
}
