/**
 * A headless browser that is told what to do: open pages, evaluate, press keys, take pictures. Knows nothing of tests, nor how browsers are told.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { driveChromium } from './drive-chromium.ts'
import { driveFirefox } from './drive-firefox.ts'
import type { Kind } from './find.ts'

/** A key that does more than to write itself. */
export type Key = 'Tab' | 'Enter' | ' '

/** What each kind of browser does in its own way. */
export interface BareTab {
  /** What `expression` gives, awaited. Throws what it throws. */
  evaluate (expression: string): Promise<unknown>
  /** Press a key as a keyboard does. */
  press (key: Key): Promise<void>
  /** Type text into what has the focus. */
  type (text: string): Promise<void>
  /** Load the page again. */
  reload (): Promise<void>
  /** Choose files for an input, as its user would. */
  choose (selector: string, files: string[]): Promise<void>
  /** Give the page so many pixels, of a narrow one as a telephone has them, and a theme where that can be changed. */
  shape (width: number, height: number, theme: Theme): Promise<void>
  /** A picture of all of the page, as PNG. */
  picture (): Promise<Buffer>
  /** What the page has complained about: exceptions, and errors in its console. */
  readonly complaints: readonly string[]
  /** Close the tab, as its user would. */
  close (): Promise<void>
}

/** What the user likes. */
export type Theme = 'light' | 'dark'

/** An open tab. */
export interface Tab extends BareTab {
  /** Wait until `expression` is true. Fails after `ms`. */
  until (expression: string, ms?: number): Promise<void>
}

/** A browser that runs, as its kind makes it. */
export interface BareDriven {
  open (url: string): Promise<BareTab>
  /** End it with all its tabs. */
  close (): Promise<void>
}

/** A browser that runs. */
export interface Driven extends BareDriven {
  open (url: string): Promise<Tab>
}

/** Start `program`, which is a browser of this kind. `theme` is what Firefox keeps; Chromium changes it with a tab's shape. */
export async function drive (kind: Kind, program: string, theme: Theme = 'light'): Promise<Driven> {
  const driven = await (kind === 'firefox' ? driveFirefox(program, theme) : driveChromium(program))
  return {
    async open (url) {
      const tab = await driven.open(url)
      const until = async (expression: string, ms = 20_000): Promise<void> => {
        const end = performance.now() + ms
        while (await tab.evaluate(expression).catch(() => false) !== true) {
          if (performance.now() > end) {
            const shown = String(await tab.evaluate('document.body?.innerText').catch(() => ''))
            throw new Error(`not within ${ms} ms: ${expression}\n${shown}\n${tab.complaints.join('\n')}`)
          }
          await sleep(50)
        }
      }
      return { ...tab, until }
    },
    close: async () => { await driven.close() }
  }
}
