/**
 * The target `plain`, of `--check` alone: four bytes of credit to a machine, and nothing is judged. What it throws was planted.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import { concat } from '../../support/bytes.ts'
import type { Target } from '../target.ts'

const HEADER = Uint8Array.of(0, 0, 4, 0x20, 0, 0, 0, 3)

/** The increment of a WNDINC frame. */
export const plain: Target = {
  name: 'plain',
  title: 'an increment',
  longest: 4,
  run (input) {
    createMachine({ wire: 2, role: 'client' }).receive(concat([HEADER, input, new Uint8Array(4 - input.length)]))
  },
  * seeds () {
    yield ['one', Uint8Array.of(0, 0, 0, 1)]
  }
}
