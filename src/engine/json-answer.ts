import { z } from 'zod'
import type { RunUsage } from '../contract/runs.ts'
import { lastError } from '../errors/last-error.ts'
import { fencedBlocks, withoutFence } from '../models/code-fence.ts'
import type { AnswerFormat } from './model-request.ts'
import { RunFailure } from './run-failure.ts'

/** Thrown when the answer does not follow `response_format`. Asking once more may help. */
export class NotTheFormat extends Error {
  override name = 'NotTheFormat'
  /** What the answer cost, as soon as that is known. */
  usage: RunUsage | null = null
}

/** For text that is shown only after all of it has arrived. */
export interface HeldText {
  finish: (text: string) => string
  /** True when an answer with this beginning can be shown while it arrives, without waiting for its end. */
  mayStream: (begun: string) => boolean
}

/**
 * Decides how long an answer in JSON is held back. Undefined for other formats. Code fences and text around the JSON
 * are removed. When the provider does not enforce the format, the whole answer is checked. When it does, an answer that
 * begins as JSON is shown while it arrives; others are still held, because some providers claim to enforce the format
 * and do not.
 */
export function jsonAnswer(format: AnswerFormat, { enforced }: { enforced: boolean }): HeldText | undefined {
  if (format.type === 'text') return undefined
  if (enforced) {
    return {
      finish: (text) => candidates(text).find((one) => parse(one) !== undefined) ?? text,
      mayStream: (begun) => /^\s*[{["\d-]/.test(begun),
    }
  }
  const schema = format.type === 'json-schema' ? toZod(format.schema) : z.record(z.string(), z.unknown())
  return {
    finish(text) {
      let problem: string | undefined
      for (const candidate of candidates(text)) {
        const parsed = parse(candidate)
        if (!parsed) continue
        const checked = schema.safeParse(parsed.value)
        if (checked.success) return candidate
        const [issue] = checked.error.issues
        problem ??= `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'invalid'}`
      }
      throw new NotTheFormat(problem ?? 'it is no JSON')
    },
    mayStream: () => false,
  }
}

/**
 * The places in an answer where the JSON may be: the whole answer, a code block, or the text between the outer
 * brackets.
 */
function candidates(text: string): string[] {
  const start = text.search(/[{[]/)
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  return [withoutFence(text), ...fencedBlocks(text), text.slice(Math.max(start, 0), end + 1)].map((one) =>
    one.trim(),
  )
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function toZod(schema: Record<string, unknown> | undefined): z.ZodType {
  if (!schema) return z.unknown()
  try {
    return z.fromJSONSchema(schema)
  } catch (error) {
    throw new RunFailure('invalid_prompt', lastError.schemaNotChecked((error as Error).message))
  }
}
