/**
 * The three commands that run: each puts its parts together, says what it did, and ends when it is asked to.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { runAgent } from './agent.ts'
import type { EntranceSettings, ExposeCommand, GatewayCommand, PageSettings, StartCommand } from './args.ts'
import { type Console, openConsole } from './console/console.ts'
import { startDemo } from './demo/site.ts'
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts'
import { type Display, type Figures, sameFigures, showFigures } from './live.ts'
import { type Stop, aborted } from './signals.ts'
import { isSupervised, supervise, superviseSelf } from './supervise.ts'
import { type Target, showAddress } from './values.ts'

/** A terminal's live line is looked at; a log's is read later. */
const liveMs = { terminal: 250, log: 5000 }

const fromSource = import.meta.url.endsWith('.ts')

/** `muxado start`. */
export async function start (command: StartCommand, display: Display, stop: Stop): Promise<void> {
  const token = randomBytes(24).toString('hex')
  const gateway = await open({ ...command, join: { host: '127.0.0.1', port: 0 }, token, say: (line) => { display.say(line) } })
  const page = await openPage(command.page, command, gateway, display)
  const title = describe(command.target)
  display.say(`muxado: a public entrance and an agent beside it${fromSource ? ', from the sources as they are: nothing to build' : ''}`)
  display.say('')
  display.say(`  public    ${gateway.url}`)
  display.say(`  exposes   ${title}${command.target === 'demo' ? '; your own server on port 3000 instead: npm start -- --expose 3000' : ''}`)
  display.say(`  look at   ${gateway.url}/ in a browser`)
  display.say(`  or paste  curl -i ${gateway.url}${command.target === 'demo' ? '/headers' : '/'}`)
  if (command.target === 'demo') display.say(`            curl -o /dev/null ${gateway.url}/download/1G`)
  sayPage(page, display)
  display.say('')
  // The token goes by the environment: arguments can be read by every user of the machine.
  const agent = supervise({
    args: [...process.execArgv, sibling('./cli'), 'expose', target(command.target), '--to', showAddress(gateway.join), '--name', 'beside-the-entrance'],
    env: { MUXADO_TOKEN: token },
    onLine: (line) => { display.say(`agent: ${line}`) },
    onStart: (pid) => { display.say(`started the agent, process ${pid}`) },
    onDeath: (how, pauseMs) => { display.say(`the agent died (${how}); another one starts in ${pauseMs / 1000} s`) }
  })
  await attend(gateway, command, display, stop, 'keep')
  await page?.close()
  await agent.end(2000)
  display.say('ended')
}

/** `muxado gateway`. */
export async function gateway (command: GatewayCommand, display: Display, stop: Stop): Promise<void> {
  const { tls } = command
  const files = tls === undefined ? undefined : { cert: await readFile(tls.cert), key: await readFile(tls.key) }
  const running = await open({ ...command, tls: files, say: (line) => { display.say(line) } })
  const page = await openPage(command.page, command, running, display)
  const join = showAddress(running.join)
  display.say('')
  display.say(`  public    ${running.url}`)
  display.say(`  join      ${join}${tls === undefined ? '' : ' over TLS'}${command.token === undefined ? ' (no token: any program of this machine may)' : ' with the token'}`)
  display.say(`  agent     ${command.token === undefined ? '' : 'MUXADO_TOKEN=... '}muxado expose 3000 --to ${tls === undefined ? '' : 'tls://'}${join}`)
  sayPage(page, display)
  display.say('')
  await attend(running, command, display, stop)
  await page?.close()
  display.say('ended')
}

/** `muxado expose`. */
export async function expose (command: ExposeCommand, display: Display, stop: Stop): Promise<void> {
  if (isSupervised()) superviseSelf(stop)
  const ca = command.tls?.ca === undefined ? undefined : await readFile(command.tls.ca)
  const demo = command.target === 'demo' ? await startDemo() : undefined
  const origin = command.target === 'demo' ? { host: '127.0.0.1', port: demo?.port ?? 0 } : command.target
  try {
    await runAgent({
      ...command,
      name: command.agentName,
      tls: command.tls === undefined ? undefined : { ca },
      origin,
      title: demo === undefined ? undefined : `the demo site (${showAddress(origin)})`,
      say: (line) => { display.say(line) },
      // The entrance beside us says the same from its side.
      saySessions: !isSupervised()
    }, stop)
  } finally {
    await demo?.close()
  }
}

type OpenOptions = EntranceSettings & Pick<GatewayOptions, 'join' | 'token' | 'tls' | 'say'>

async function open (options: OpenOptions): Promise<Gateway> {
  return await startGateway(options)
}

/** The page beside a gateway, if there is to be one. When it cannot be, neither can the gateway. */
async function openPage (
  settings: PageSettings | undefined, { port, firstByteMs, maxRequests }: EntranceSettings, running: Gateway, display: Display
): Promise<Console | undefined> {
  if (settings === undefined) return undefined
  const { allow, origins, tabsUrl, token = randomBytes(24).toString('base64url') } = settings
  const near = port === 0 ? 0 : port + 1
  const page = settings.page === 'near' ? { host: '127.0.0.1', port: near } : settings.page
  const tabs = settings.tabs === 'near' ? { host: page.host, port: page.port === 0 ? 0 : page.port + 1 } : settings.tabs
  const open = async (ports: { readonly page: number, readonly tabs: number }): Promise<Console> => await openConsole({
    page: { ...page, port: ports.page },
    tabs: { ...tabs, port: ports.tabs },
    tabsUrl,
    token,
    allow,
    origins,
    firstByteMs,
    maxRequests,
    say: (line) => { display.say(line) }
  })
  try {
    try {
      return await open({ page: page.port, tabs: tabs.port })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || (settings.page !== 'near' && settings.tabs !== 'near')) throw error
      // Whatever sits on the ports that nobody chose is no reason to fail.
      return await open({ page: settings.page === 'near' ? 0 : page.port, tabs: settings.tabs === 'near' ? 0 : tabs.port })
    }
  } catch (error) {
    await running.close(0)
    throw error
  }
}

function sayPage (page: Console | undefined, display: Display): void {
  if (page !== undefined) display.say(`  the page  ${page.openUrl}`)
}

/** Show figures until the end is asked for, then end. */
async function attend (
  running: Gateway, { drainMs }: EntranceSettings, display: Display, stop: Stop, agents: 'release' | 'keep' = 'release'
): Promise<void> {
  let shown: Figures | undefined
  const tick = (): void => {
    const figures = running.figures()
    if (!display.rewrites && shown !== undefined && sameFigures(shown, figures)) return
    shown = figures
    display.live(showFigures(figures))
  }
  const timer = setInterval(tick, display.rewrites ? liveMs.terminal : liveMs.log)
  await aborted(stop.asked)
  clearInterval(timer)
  tick()
  display.settle()
  const { underWay } = running
  if (underWay > 0) {
    display.say(`ending: waiting for ${underWay} request${underWay === 1 ? '' : 's'} under way, at most ${drainMs / 1000} s; Ctrl-C again does not wait`)
  }
  await running.close(drainMs, stop.now, agents)
}

function describe (what: Target): string {
  return what === 'demo' ? 'the built-in demo site' : `http://${showAddress(what)}`
}

function target (what: Target): string {
  return what === 'demo' ? 'demo' : showAddress(what)
}

/** A module beside this one, as it runs: source or built. */
function sibling (name: string): string {
  return fileURLToPath(new URL(name + (fromSource ? '.ts' : '.js'), import.meta.url))
}
