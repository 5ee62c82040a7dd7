/**
 * W8: what a page pays for a multiplexer, minified and gzipped, bundled by name as an application would.
 */
import { build } from 'esbuild'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const here = path.join(import.meta.dirname, '..')

async function bundle (entry) {
  const { outputFiles: [{ contents }] } = await build({
    stdin: { contents: entry, resolveDir: here, loader: 'js' },
    bundle: true, minify: true, write: false, logLevel: 'silent', format: 'esm', platform: 'browser', target: 'es2022'
  })
  return contents
}

const gzipped = (contents) => gzipSync(contents, { level: 9 }).byteLength

const OURS = {
  core: "export * from '@muxado/core'",
  session: "export * from '@muxado/core'; export * from '@muxado/session'",
  // what a page imports
  page: "export { connect } from '@muxado/websocket'"
}

/** Value: bytes gzipped of what a page imports. */
export async function sizes (_mux, _p, { driver }) {
  if (driver.bundle !== undefined) {
    const contents = await bundle(driver.bundle)
    return { units: 1, value: gzipped(contents), extra: { minified: contents.byteLength } }
  }
  const [core, session, page] = await Promise.all(Object.values(OURS).map((entry) => bundle(entry)))
  return { units: 1, value: gzipped(page), extra: { minified: page.byteLength, core: gzipped(core), session: gzipped(session), page: gzipped(page) } }
}
