import { z } from 'zod'

/** How the Responses API of this server differs from its defaults. */
export interface ResponsesSettings {
  /** Whether what the original refused is refused where this server would forgive it. */
  isStrict: boolean
  /** Whether a response waits for the one that is made in its conversation, and is not refused. */
  queues: boolean
}

const file = z.object({
  strict: z.literal('openai', { error: 'must be "openai"' }).optional(),
  conversation_lock: z.enum(['refuse', 'queue'], { error: 'must be "refuse" or "queue"' }).optional(),
})

/** Reads its keys of the parsed config file. Problems are sentences for the operator. */
export function readResponsesSettings(config: unknown): { settings: ResponsesSettings; problems: string[] } {
  const parsed = file.safeParse(config ?? {})
  // What is no object is told by whoever reads the models.
  const problems = (parsed.error?.issues ?? [])
    .filter(({ path }) => path.length > 0)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
  const { strict, conversation_lock: lock } = parsed.data ?? {}
  return { settings: { isStrict: strict === 'openai', queues: lock === 'queue' }, problems }
}
