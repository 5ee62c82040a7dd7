/**
 * All fuzz targets.
 *
 * @module
 */
import type { Target } from './target.ts'
import { bytes } from './targets/bytes.ts'
import { differential } from './targets/differential.ts'
import { operations } from './targets/operations.ts'
import { sessions } from './targets/sessions.ts'

export const targets: readonly Target[] = [bytes, sessions, operations, differential]
