import { z } from 'zod'
import { scriptedPart } from './scripted-parts.ts'
import type { ScriptedTurn } from './scripted-turn.ts'

const deltas = z.union([z.string(), z.array(z.string())], 'must be a string or a list of strings').optional()
const deltasOfParts = z
  .union(
    [z.string(), z.array(z.string()), z.array(z.array(z.string()).min(1)).min(1)],
    'must be a string, a list of strings, or a list of such lists',
  )
  .optional()
const atLeast0 = z.number('must be a number of 0 or more').min(0, 'must be a number of 0 or more')
const finishReasons = ['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other'] as const

const error = z.strictObject(
  {
    status: z.int().min(400, 'must be the status of an error').optional(),
    message: z.string('must be a string'),
    retryAfterMs: atLeast0.optional(),
    code: z.string().optional(),
  },
  { error: wrongType('an Error, or an object with a message') },
)
const turn = z.strictObject(
  {
    parts: z.array(scriptedPart, { error: wrongType('a list') }).optional(),
    reasoning: deltasOfParts,
    text: deltas,
    toolCalls: z
      .array(
        z.strictObject(
          {
            id: z.string().optional(),
            name: z.string('must be a string'),
            arguments: z.unknown().optional(),
          },
          { error: wrongType('an object with name and arguments') },
        ),
        { error: wrongType('a list') },
      )
      .optional(),
    error: z
      .custom((given) => given instanceof Error)
      .or(error)
      .optional(),
    hang: z.boolean().optional(),
    delayMs: atLeast0.optional(),
    finishReason: z.enum(finishReasons, `must be one of ${finishReasons.join(', ')}`).optional(),
    usage: z.strictObject({ input: atLeast0, output: atLeast0 }).optional(),
  },
  { error: wrongType('an object, for example { text: "Hi" }') },
)

/** An unknown field has its own issue already. */
function wrongType(what: string) {
  return ({ code }: { code?: string }) => (code === 'invalid_type' ? `must be ${what}` : undefined)
}

/**
 * Throws a TypeError that says what is wrong with a script. Without this check, a turn with a misspelt field would be
 * played as an empty answer. Turns that a function writes are checked when they are written.
 */
export function checkScript(script: unknown): void {
  if (typeof script === 'function') return
  if (!Array.isArray(script))
    throw new TypeError('scripted() takes a list of turns, or a function that writes one')
  script.forEach((given, index) => void checkTurn(given, index))
}

/** Returns the turn itself. `index` counts from 0. Throws a TypeError. */
export function checkTurn(given: unknown, index: number): ScriptedTurn {
  const parsed = turn.safeParse(given)
  if (parsed.success) return given as ScriptedTurn
  const problems = parsed.error.issues.flatMap((issue) => describe(issue))
  throw new TypeError(`Turn ${index + 1} of the script: ${problems.join('; ')}`)
}

function describe(issue: z.core.$ZodIssue, above: PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path]
  // An error may be given in several forms. The message is about the object form.
  if (issue.code === 'invalid_union' && !issue.message.startsWith('must'))
    return (issue.errors.at(-1) ?? []).flatMap((one) => describe(one, path))
  if (issue.code !== 'unrecognized_keys') return [`${path.join('.') || 'it'} ${issue.message}`]
  const fields = path.length > 0 ? '' : `; a turn has ${Object.keys(turn.shape).join(', ')}`
  return issue.keys.map((key) => `${[...path, key].join('.')} is not known${fields}`)
}
