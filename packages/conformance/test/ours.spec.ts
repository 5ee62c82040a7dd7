import { COMMANDS, dial, listen, reportText, run } from '@muxado/conformance'
import type { Need, Report, Settings } from '@muxado/conformance'
import { assert } from 'chai'
import { echoClient, echoServer, QUICK } from '../../../test/support/echo-endpoint.ts'

const all: readonly Need[] = ['opens', 'asks', ...COMMANDS]

/** Our own endpoint under the cases: this command as the client, or as the server. */
async function ours (settings: Settings & { readonly wire: 1 | 2, readonly typed: boolean }): Promise<Report> {
  const { wire, typed, role } = settings
  // Without types there are no extensions, and so no heartbeat (spec 9.1).
  const can = wire === 2 && !typed ? all.filter((need) => need !== 'asks') : all
  const options = { ...QUICK, wire, typed }
  if (role === 'server') {
    const hall = await listen('tcp://127.0.0.1:0')
    const endpoint = await echoClient(hall.url, options)
    try {
      return await run(hall, { can, timeoutMs: 15_000, ...settings })
    } finally {
      hall.close()
      await endpoint.close()
    }
  }
  const endpoint = await echoServer(options)
  try {
    return await run(dial(endpoint.url), { can, timeoutMs: 15_000, ...settings })
  } finally {
    await endpoint.close()
  }
}

describe('our own endpoint', function () {
  this.timeout(120_000)

  const runs = ([1, 2] as const).flatMap((wire) => (['client', 'server'] as const).map((role) => ({ wire, role, typed: true })))
  let reports: ReadonlyArray<Promise<Report>> = []
  // All at once: half of the time is waiting for timers.
  before(() => { reports = runs.map(ours) })

  for (const [i, { wire, role }] of runs.entries()) {
    it(`passes every case of wire ${wire} with this command as the ${role}`, async () => {
      const report = await reports[i]
      assert.exists(report)
      assert.isAtLeast(report?.passed ?? 0, 150)
      assert.deepInclude(report, { failed: 0, skipped: 0 }, report === undefined ? '' : reportText(report))
    })
  }

  it('passes in wire 2 without types', async () => {
    const report = await ours({ wire: 2, typed: false, role: 'client', only: ['2', '4', '5', '8', '9'] })
    assert.isAtLeast(report.passed, 100)
    // What asks needs a heartbeat, which needs types.
    assert.deepEqual(report.results.filter(({ outcome, needs }) => outcome !== 'passed' && needs?.includes('asks') !== true), [], reportText(report))
  })
})
