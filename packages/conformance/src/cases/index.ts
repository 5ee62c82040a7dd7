/**
 * All cases, in the order of docs/PROTOCOL.md.
 *
 * @module
 */
import { type Case, sectionOf } from '../case.ts'
import { attacks } from './attacks.ts'
import { endings } from './endings.ts'
import { flow } from './flow.ts'
import { frames } from './frames.ts'
import { goaway } from './goaway.ts'
import { goodbye } from './goodbye.ts'
import { ids } from './ids.ts'
import { malformed } from './malformed.ts'
import { misplaced } from './misplaced.ts'
import { parsing } from './parsing.ts'
import { resets } from './resets.ts'
import { streams } from './streams.ts'
import { types } from './types.ts'

const files = [frames, parsing, malformed, misplaced, ids, streams, resets, flow, endings, goaway, goodbye, types, attacks]

/** Every case. Sorted by section, and as written within one. */
export const cases: readonly Case[] = files.flat().map((one, at) => ({ one, at }))
  .sort((a, b) => compare(sectionOf(a.one.id), sectionOf(b.one.id)) || a.at - b.at)
  .map(({ one }) => one)

function compare (a: string, b: string): number {
  const [chapter = 0, part = 0] = a.split('.').map(Number)
  const [otherChapter = 0, otherPart = 0] = b.split('.').map(Number)
  return chapter - otherChapter || part - otherPart
}
