/**
 * The answers that the entrance gives itself: what is wrong, and what to do, as a line of text or a small page.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Why the entrance answers by itself. */
export type Fault =
  | 'badRequest'
  | 'uploadStalled'
  | 'upgradeWithBody'
  | 'originRefused'
  | 'originBroke'
  | 'agentLost'
  | 'noAgent'
  | 'tooMany'
  | 'ending'
  | 'slowOrigin'
  | 'loop'

interface Answer {
  readonly status: number
  readonly title: string
  readonly advice: string
  /** Seconds after which to try again. */
  readonly retryAfter?: number
}

const answers: Readonly<Record<Fault, Answer>> = {
  badRequest: { status: 400, title: 'This request cannot be passed on', advice: 'Its path or its headers are not valid HTTP.' },
  uploadStalled: { status: 408, title: 'The upload stopped', advice: 'No further byte of the request arrived in time. Send it again.' },
  upgradeWithBody: { status: 501, title: 'An upgrade with a body is not supported', advice: 'Send the request without a body, or without Upgrade.' },
  originRefused: {
    status: 502,
    title: 'The tunnel is up, but nothing answers behind it',
    advice: 'The agent cannot connect to the server that it exposes. Start that server, then reload.'
  },
  originBroke: {
    status: 502,
    title: 'The server behind the tunnel broke off',
    advice: 'It closed the connection before it answered, or what it said was not HTTP. Its own log knows more.'
  },
  agentLost: { status: 502, title: 'The tunnel broke before the answer came', advice: 'The agent has gone away. The request may or may not have been carried out.' },
  noAgent: {
    status: 503,
    title: 'No agent has joined',
    advice: 'Nothing is exposed here at the moment. Start an agent: muxado expose TARGET --to JOIN-ADDRESS',
    retryAfter: 2
  },
  tooMany: { status: 503, title: 'Too many requests are under way', advice: 'Try again in a moment.', retryAfter: 1 },
  ending: { status: 503, title: 'This entrance is shutting down', advice: 'It finishes what is under way and takes nothing new.', retryAfter: 5 },
  slowOrigin: { status: 504, title: 'The server behind the tunnel did not answer in time', advice: 'It took the request, but no byte of an answer came.' },
  loop: { status: 508, title: 'This request goes round in circles', advice: 'The agent exposes the entrance itself. Expose another port.' }
}

/** The status code of a fault. */
export function faultStatus (fault: Fault): number {
  return answers[fault].status
}

/**
 * Write the whole answer to `request` with `fault`, a page for browsers, text for others; the caller ends it. The connection is not used again
 * when the request has not come in whole.
 */
export function answerFault (request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  const answer = answers[fault]
  const html = (request.headers.accept ?? '').includes('text/html')
  const body = html ? page(answer) : `${answer.status} ${answer.title}. ${answer.advice}\n`
  response.shouldKeepAlive = request.complete && response.shouldKeepAlive
  response.writeHead(answer.status, {
    'Content-Type': `text/${html ? 'html' : 'plain'}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(answer.retryAfter === undefined ? {} : { 'Retry-After': String(answer.retryAfter) }),
    ...(html ? { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" } : {})
  })
  response.write(body)
}

function page ({ status, title, advice, retryAfter }: Answer): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${retryAfter === undefined ? '' : `<meta http-equiv="refresh" content="${retryAfter + 1}">\n`}<title>${status} ${title}</title>
<style>
:root { --ink: #1d2433; --soft: #5a6478; --paper: #fbfbfd }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #9aa4b8; --paper: #14171f } }
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .75rem }
p { margin: 0 0 .75rem }
.code { font: 1rem ui-monospace, monospace; color: var(--soft) }
</style>
</head>
<body>
<main>
<p class="code">${status}</p>
<h1>${title}</h1>
<p>${advice}</p>
${retryAfter === undefined ? '' : '<p>This page tries again by itself.</p>\n'}</main>
</body>
</html>
`
}
