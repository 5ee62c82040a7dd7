/**
 * Where a browser is: named by the environment, on the PATH, in the usual places, in Playwright's cache; or, as root on Debian, from apt.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { apt, onPath } from '../support/install.ts'

/** The browsers that tests know. */
export type Kind = 'chromium' | 'firefox'

/** All of them. */
export const kinds: readonly Kind[] = ['chromium', 'firefox']

const names: Record<Kind, string[]> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge', 'brave-browser'],
  firefox: ['firefox', 'firefox-esr']
}
const places: Record<Kind, string[]> = {
  chromium: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
  ],
  firefox: ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe']
}
const debian: Record<Kind, string> = { chromium: 'chromium', firefox: 'firefox-esr' }

/** Path of the program, or undefined. `MUXADO_CHROMIUM` and `MUXADO_FIREFOX` name one; `MUXADO_NO_APT` forbids installing. */
export function find (kind: Kind): string | undefined {
  const { env } = process
  const named = env[`MUXADO_${kind.toUpperCase()}`] ?? (kind === 'chromium' ? env['CHROME_PATH'] ?? env['CHROME_BIN'] : undefined)
  const here = named ?? onPath(names[kind]) ?? places[kind].find((path) => existsSync(path)) ?? playwright(kind)
  return here ?? (apt(debian[kind]) ? onPath(names[kind]) : undefined)
}

/** What to tell a person who has none. */
export function advice (kind: Kind): string {
  return `no ${kind} here. Install one (Debian: apt-get install --no-install-recommends ${debian[kind]}) or name it: MUXADO_${kind.toUpperCase()}=/path/to/it`
}

function playwright (kind: Kind): string | undefined {
  const caches: Record<string, string> = { linux: '.cache', darwin: 'Library/Caches', win32: 'AppData/Local' }
  const root = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), caches[process.platform] ?? '.cache', 'ms-playwright')
  if (!existsSync(root)) return undefined
  const inside = [
    'chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-headless-shell-linux64/chrome-headless-shell', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-win/chrome.exe', 'firefox/firefox'
  ]
  const folders = readdirSync(root).filter((name) => name.startsWith(kind)).sort().reverse()
  return folders.flatMap((folder) => inside.map((path) => join(root, folder, path))).find((path) => existsSync(path))
}
