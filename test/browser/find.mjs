// Where a browser is: named by the environment, on the PATH, in the usual places, in Playwright's cache; or, as root on Debian, from apt.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const names = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge', 'brave-browser'],
  firefox: ['firefox', 'firefox-esr']
}
const places = {
  chromium: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
  ],
  firefox: ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe']
}
const debian = { chromium: 'chromium', firefox: 'firefox-esr' }

/** The browsers that tests know. */
export const kinds = Object.keys(names)

/** Path of the program, or undefined. `MUXADO_CHROMIUM` and `MUXADO_FIREFOX` name one; `MUXADO_NO_APT` forbids installing. */
export function find (kind) {
  const { env } = process
  const named = env[`MUXADO_${kind.toUpperCase()}`] ?? (kind === 'chromium' ? env.CHROME_PATH ?? env.CHROME_BIN : undefined)
  const here = named ?? onPath(names[kind]) ?? places[kind].find(path => existsSync(path)) ?? playwright(kind)
  return here ?? (apt(debian[kind]) ? onPath(names[kind]) : undefined)
}

/** What to tell a person who has none. */
export function advice (kind) {
  return `no ${kind} here. Install one (Debian: apt-get install --no-install-recommends ${debian[kind]}) or name it: MUXADO_${kind.toUpperCase()}=/path/to/it`
}

/** The first of these programs that is on the PATH. */
export function onPath (programs) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return programs.flatMap(name => folders.map(folder => join(folder, name))).find(path => existsSync(path))
}

/** Install a package of Debian's. Returns false where that cannot be done. */
export function apt (name) {
  if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync('/usr/bin/apt-get') || process.env.MUXADO_NO_APT) return false
  console.log(`installing ${name} with apt-get ...`)
  try {
    // RUNLEVEL=1: what is installed as a service is not started
    const options = { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
    execFileSync('apt-get', ['update', '-qq'], options)
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options)
    return true
  } catch (error) {
    console.log(String(error))
    return false
  }
}

function playwright (kind) {
  const cache = { linux: '.cache', darwin: 'Library/Caches', win32: 'AppData/Local' }[process.platform] ?? '.cache'
  const root = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), cache, 'ms-playwright')
  if (!existsSync(root)) return undefined
  const inside = [
    'chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-headless-shell-linux64/chrome-headless-shell', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-win/chrome.exe', 'firefox/firefox'
  ]
  const folders = readdirSync(root).filter(name => name.startsWith(kind)).sort().reverse()
  return folders.flatMap(folder => inside.map(path => join(root, folder, path))).find(path => existsSync(path))
}
