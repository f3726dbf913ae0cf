import type { z } from 'zod'
import { text, withDefault } from './limits.ts'
import { pairs } from './objects.ts'

/** At most 16 pairs. Keys have at most 64 characters, and values are strings of at most 512. */
export type Metadata = Record<string, string>

export const metadata: z.ZodType<Metadata> = pairs(text(512))

/** Answers never show null, so the default is `{}`. */
export const metadataOrEmpty = withDefault(metadata, {})
