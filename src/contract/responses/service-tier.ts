import { z } from 'zod'
import type { ResponseRequest } from './response.ts'

export const serviceTier = z.enum(['auto', 'default', 'fast', 'flex', 'priority'])

/** The tier that a name means: two mean the same. */
export const servedTier = (tier: z.output<typeof serviceTier>): ResponseRequest['service_tier'] =>
  tier === 'fast' ? 'priority' : tier
