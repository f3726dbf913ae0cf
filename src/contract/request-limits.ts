import { z } from 'zod'
import { list, refuseWhen, text, withDefault } from './limits.ts'
import { createMessageRequest } from './messages.ts'
import { object } from './objects.ts'

/** The limits of requests that an operator can set. */
export interface RequestLimits {
  /** The maximum number of messages that one request adds to a thread. */
  messages: number
  /** The maximum length of the output of one tool call, in characters. */
  toolOutputCharacters: number
  /** The limit for all tool outputs of one request together, in bytes. They must be smaller than this. */
  toolOutputsBytes: number
}

/** The last two are recorded. The original limited messages to 32, but no program depends on that limit. */
export const defaultRequestLimits: RequestLimits = {
  messages: 1_000,
  toolOutputCharacters: 1_048_576,
  toolOutputsBytes: 512 * 1024,
}

export const newMessages = ({ messages }: RequestLimits) =>
  withDefault(list(createMessageRequest, messages), [])

export const toolOutputs = ({ toolOutputCharacters, toolOutputsBytes }: RequestLimits) =>
  z.array(object({ tool_call_id: z.string(), output: text(toolOutputCharacters) })).check(
    refuseWhen((outputs) =>
      outputs.reduce((sum, { output }) => sum + Buffer.byteLength(output), 0) >= toolOutputsBytes
        ? {
            code: 'invalid_value',
            message: `'{param}' too large: the combined tool outputs must be less than ${kilobytes(toolOutputsBytes)}.`,
          }
        : undefined,
    ),
  )

const kilobytes = (bytes: number) => (bytes % 1024 === 0 ? `${bytes / 1024}kb` : `${bytes} bytes`)

const settings = {
  messages: { name: 'THREADMILL_MAX_MESSAGES', max: 10_000 },
  toolOutputCharacters: { name: 'THREADMILL_MAX_TOOL_OUTPUT_CHARACTERS', max: 16 * 1024 ** 2 },
  toolOutputsBytes: { name: 'THREADMILL_MAX_TOOL_OUTPUTS_BYTES', max: 16 * 1024 ** 2 },
} as const

/** `read` returns a setting by its name, or an empty text when it is not set. */
export function readRequestLimits(read: (name: string) => string): {
  limits: RequestLimits
  problems: string[]
} {
  const limits = { ...defaultRequestLimits }
  const problems: string[] = []
  for (const key of Object.keys(settings) as (keyof RequestLimits)[]) {
    const { name, max } = settings[key]
    const given = read(name)
    if (given === '') continue
    const value = Number(given)
    if (/^\d{1,9}$/.test(given) && value >= 1 && value <= max) limits[key] = value
    else problems.push(`${name} is "${given}"; it must be a whole number from 1 to ${max}`)
  }
  return { limits, problems }
}
