// The suite of libp2p's former generation, unmodified, for the muxer of async iterables.
import tests from 'compliance-6/stream-muxer'
import { muxado } from '@muxado/libp2p/it'

describe('@libp2p/interface-compliance-tests 6.5.0, stream muxer', () => {
  tests({
    async setup () {
      return muxado()()
    },
    async teardown () {}
  })
})
