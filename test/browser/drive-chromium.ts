/**
 * Drives Chromium over its debugger's protocol. Knows nothing of tests.
 *
 * @module
 */
import type { BareDriven, BareTab } from './drive.ts'
import { run } from './launch.ts'
import { wireTo, written } from './wire.ts'

const keys = { Tab: ['Tab', 9, ''], Enter: ['Enter', 13, '\r'], ' ': ['Space', 32, ' '] } as const

/** Start `program`. */
export async function driveChromium (program: string): Promise<BareDriven> {
  const browser = run('chromium', program, 'about:blank')
  const [port = ''] = (await written(browser, 'DevToolsActivePort', (text) => text.includes('\n'))).split('\n')
  return {
    async open (url) {
      const made = await (await fetch(`http://127.0.0.1:${port}/json/new?${encodeURIComponent('about:blank')}`, { method: 'PUT' })).json() as { webSocketDebuggerUrl: string, id: string }
      return await attach(made.webSocketDebuggerUrl, url, async () => { await fetch(`http://127.0.0.1:${port}/json/close/${made.id}`) })
    },
    close: async () => { await browser.close() }
  }
}

async function attach (debuggerUrl: string, url: string, end: () => Promise<void>): Promise<BareTab> {
  const complaints: string[] = []
  const { ask, close } = await wireTo(debuggerUrl, (method, params) => {
    const text = JSON.stringify(params)
    if (method === 'Runtime.exceptionThrown' || (method === 'Log.entryAdded' && /"level":"error"/.test(text))) complaints.push(text.slice(0, 500))
  })
  for (const domain of ['Page', 'Runtime', 'Log', 'DOM']) await ask(`${domain}.enable`)
  await ask('Page.navigate', { url })
  return {
    complaints,
    async evaluate (expression) {
      const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }) as { result: { value?: unknown }, exceptionDetails?: object }
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails).slice(0, 500))
      return result.value
    },
    async press (key) {
      const [code, number, text] = keys[key]
      const event = { key, code, windowsVirtualKeyCode: number, ...(text === '' ? {} : { text }) }
      await ask('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
      await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
    },
    async type (text) { await ask('Input.insertText', { text }) },
    async reload () { await ask('Page.reload') },
    async choose (selector, files) {
      const { root: { nodeId } } = await ask('DOM.getDocument') as { root: { nodeId: number } }
      await ask('DOM.setFileInputFiles', { files, nodeId: (await ask('DOM.querySelector', { nodeId, selector }))['nodeId'] })
    },
    async shape (width, height, theme) {
      await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] })
      await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 })
    },
    async picture () {
      return Buffer.from(String((await ask('Page.captureScreenshot', { captureBeyondViewport: true }))['data']), 'base64')
    },
    async close () {
      close()
      await end()
    }
  }
}
