import { z } from 'zod'
import type { ResponseFormat } from '../contract/response-format.ts'
import type { RunUsage } from '../contract/runs.ts'
import { withoutFence } from './code-fence.ts'
import { RunFailure } from './run-failure.ts'

/** Thrown where the answer is not what `response_format` asked for; asking once more may help. */
export class NotTheFormat extends Error {
  override name = 'NotTheFormat'
  /** What the answer cost, once that is known. */
  usage: RunUsage | null = null
}

/**
 * Checks, and where it can mends, the answer of a model whose provider does not enforce a format: undefined where
 * there is nothing to check. A code fence around the JSON is taken off.
 */
export function jsonAnswer(format: ResponseFormat): ((text: string) => string) | undefined {
  if (typeof format !== 'object' || format.type === 'text') return undefined
  const schema =
    format.type === 'json_schema' ? toZod(format.json_schema.schema) : z.record(z.string(), z.unknown())
  return (text) => {
    const bare = withoutFence(text).trim()
    let value: unknown
    try {
      value = JSON.parse(bare)
    } catch {
      throw new NotTheFormat('it is no JSON')
    }
    const checked = schema.safeParse(value)
    if (checked.success) return bare
    const [issue] = checked.error.issues
    throw new NotTheFormat(`${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'invalid'}`)
  }
}

function toZod(schema: Record<string, unknown> | undefined): z.ZodType {
  if (!schema) return z.unknown()
  try {
    return z.fromJSONSchema(schema)
  } catch (error) {
    throw new RunFailure(
      'invalid_prompt',
      `response_format: the schema cannot be checked (${(error as Error).message}).`,
    )
  }
}
