// publint and are-the-types-wrong, on every package as npm would send it.
import { check, end, published, run, tarball, tool } from './lib.mjs'

const tools = [
  { title: 'publint --strict', args: manifest => [tool('publint'), 'run', tarball(manifest), '--strict'] },
  // left out: Node as it was before "exports", and CommonJS, where require() of modules works and consumers.mjs tries it
  { title: 'attw --profile esm-only', args: manifest => [tool('@arethetypeswrong/cli'), tarball(manifest), '--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'table-flipped'] }
]
for (const { room, manifest } of published()) {
  const row = []
  for (const { title, args } of tools) {
    const { status, output } = await run(process.execPath, args(manifest))
    row.push(`${title} ${check(`${room}: ${title}`, status === 0 ? undefined : output) ? 'ok' : 'FAIL'}`)
  }
  console.log(`${room.padEnd(12)} ${row.join(', ')}`)
}
end('packages, each looked at by publint and are-the-types-wrong')
