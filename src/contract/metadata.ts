import type { z } from 'zod'
import { text, withDefault } from './limits.ts'
import { pairs } from './objects.ts'

/** At most 16 pairs, keys of at most 64 characters, values strings of at most 512. */
export type Metadata = Record<string, string>

export const metadata: z.ZodType<Metadata> = pairs(text(512))

/** Never null on the way out, so `{}` from the start. */
export const metadataOrEmpty = withDefault(metadata, {})
