// libp2p's own suite for stream muxers, unmodified.
import tests from '@libp2p/interface-compliance-tests/stream-muxer'
import { muxado } from '@muxado/libp2p'

describe('@libp2p/interface-compliance-tests 7.0.16, stream muxer', () => {
  tests({
    async setup () {
      return muxado()()
    },
    async teardown () {}
  })
})
