import { z } from 'zod'
import type { RunUsage } from '../contract/runs.ts'
import { lastError } from '../errors.ts'
import { fencedBlocks, withoutFence } from '../models/code-fence.ts'
import type { AnswerFormat } from './model-request.ts'
import { RunFailure } from './run-failure.ts'

/** Thrown where the answer is not what `response_format` asked for; asking once more may help. */
export class NotTheFormat extends Error {
  override name = 'NotTheFormat'
  /** What the answer cost, once that is known. */
  usage: RunUsage | null = null
}

/** Text that must be whole before it is shown. */
export interface HeldText {
  finish: (text: string) => string
  /** Whether an answer that begins so is shown as it comes after all. */
  mayStream: (begun: string) => boolean
}

/**
 * How an answer in JSON is held back: undefined where the format is another one. Code fences and prose around the JSON are
 * taken off. Where the provider does not enforce the format the answer is checked; where it does, what begins as JSON
 * is shown as it comes, since some that say so do not.
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

/** Where the JSON may be in an answer: all of it, a block of code, or what stands between its brackets. */
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
