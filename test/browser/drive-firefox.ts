/**
 * Drives Firefox over WebDriver BiDi. Knows nothing of tests.
 *
 * @module
 */
import type { BareDriven, BareTab, Theme } from './drive.ts'
import { run } from './launch.ts'
import { type Wire, wireTo, written } from './wire.ts'

const keys = { Tab: '\uE004', Enter: '\uE007', ' ': ' ' } as const

/** Start `program`. Its pages see `theme` as long as it runs. */
export async function driveFirefox (program: string, theme: Theme): Promise<BareDriven> {
  const browser = run('firefox', program, 'about:blank', ['--remote-debugging-port=0'], { 'layout.css.prefers-color-scheme.content-override': theme === 'dark' ? 0 : 1 })
  const { ws_host: host, ws_port: port } = JSON.parse(await written(browser, 'WebDriverBiDiServer.json', (text) => text.trimEnd().endsWith('}'))) as { ws_host: string, ws_port: number }
  const complaints = new Map<string, string[]>()
  const wire = await wireTo(`ws://${host}:${port}/session`, (_method, params) => {
    const { level, source, text } = params as { level: string, source: { context: string }, text: string }
    if (level === 'error') complaints.get(source.context)?.push(text.slice(0, 500))
  })
  await wire.ask('session.new', { capabilities: {} })
  await wire.ask('session.subscribe', { events: ['log.entryAdded'] })
  return {
    async open (url) {
      // A window of its own: Firefox slows tabs that are behind others
      const { context } = await wire.ask('browsingContext.create', { type: 'window' }) as { context: string }
      const heard: string[] = []
      complaints.set(context, heard)
      await wire.ask('browsingContext.navigate', { context, url, wait: 'interactive' })
      return tabOf(wire, context, heard)
    },
    async close () {
      wire.close()
      await browser.close()
    }
  }
}

function tabOf ({ ask }: Wire, context: string, complaints: readonly string[]): BareTab {
  const evaluate = async (expression: string): Promise<unknown> => {
    const answer = await ask('script.evaluate', { expression, target: { context }, awaitPromise: true, userActivation: true }) as unknown as Evaluated
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text)
    return valueOf(answer.result)
  }
  const strike = async (values: string[]): Promise<void> => {
    const actions = values.flatMap((value) => ['keyDown', 'keyUp'].map((type) => ({ type, value })))
    await ask('input.performActions', { context, actions: [{ type: 'key', id: 'keyboard', actions }] })
  }
  return {
    complaints,
    evaluate,
    press: async (key) => { await strike([keys[key]]) },
    type: async (text) => { await strike(Array.from(text)) },
    async reload () { await ask('browsingContext.reload', { context, wait: 'interactive' }) },
    async choose (selector, files) {
      const { nodes: [element] } = await ask('browsingContext.locateNodes', { context, locator: { type: 'css', value: selector } }) as { nodes: [{ sharedId: string }] }
      await ask('input.setFiles', { context, element: { sharedId: element.sharedId }, files })
    },
    async shape (width, height) { await ask('browsingContext.setViewport', { context, viewport: { width, height } }) },
    async picture () {
      return Buffer.from(String((await ask('browsingContext.captureScreenshot', { context, origin: 'document' }))['data']), 'base64')
    },
    async close () { await ask('browsingContext.close', { context }) }
  }
}

type Evaluated = { readonly type: 'success', readonly result: Remote } | { readonly type: 'exception', readonly exceptionDetails: { readonly text: string } }

/** A value as it travels. */
interface Remote {
  readonly type: string
  readonly value?: unknown
}

/** What tests ask for: plain values, and arrays of them. */
function valueOf ({ type, value }: Remote): unknown {
  if (type === 'array') return (value as Remote[]).map(valueOf)
  return type === 'null' ? null : value
}
