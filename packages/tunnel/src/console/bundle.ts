/**
 * The page's script, made when it is first asked for: from the sources as they are, or from what was built of them.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'

const fromSource = import.meta.url.endsWith('.ts')
let made: Promise<string> | undefined

/** One ES module for browsers of the last years. Takes some hundred milliseconds, once. */
export async function pageScript (): Promise<string> {
  made ??= bundle()
  return await made
}

async function bundle (): Promise<string> {
  // Who never opens the page need not load this.
  const esbuild = await import('esbuild')
  const { outputFiles: [file] } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(`../page/app/main${fromSource ? '.ts' : '.js'}`, import.meta.url))],
    conditions: fromSource ? ['muxado-source'] : [],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent'
  })
  await esbuild.stop()
  return file?.text ?? ''
}
