import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { fill } from './arguments.ts'
import { objectsIn } from './find-string.ts'
import { asSchema, propertiesOf } from './schema.ts'
import { overlap, wordsOf } from './words.ts'

export interface PlannedCall {
  name: string
  arguments: Record<string, unknown>
}

/** A function is meant when one word of its name is said, or two of its description. */
const threshold = 2

/** Which of the functions a text asks for, in order, with arguments from the text; none when it asks for none. */
export function chooseFunctions(tools: LanguageModelV4FunctionTool[], question: string): PlannedCall[] {
  const text = question.replaceAll(/[^\S\n]+/g, ' ')
  const wanted: { tool: LanguageModelV4FunctionTool; text: string }[] = []
  for (const clause of clauses(text)) {
    const tool = bestOf(tools, clause)
    const last = wanted.at(-1)
    const objects = objectsIn(clause)
    const isList = objects.length > 0 && wordsOf(clause).size <= 4
    if (tool && tool !== last?.tool) wanted.push({ tool, text: clause })
    else if (last && isList && takesOne(last.tool))
      wanted.push(...objects.map((one) => ({ tool: last.tool, text: `for ${one}` })))
    else if (tool && (!last || objects.length > 0)) wanted.push({ tool, text: clause })
    else if (last) last.text += `. ${clause}`
  }
  const [only] = wanted
  if (wanted.length === 1 && only) return [callOf(only.tool, text)]
  const calls = wanted.map((one) => callOf(one.tool, one.text, text))
  return calls.filter(
    (call, at) => calls.findIndex((other) => JSON.stringify(other) === JSON.stringify(call)) === at,
  )
}

/** A call of this function whatever the text says. */
export function callOf(tool: LanguageModelV4FunctionTool, clause: string, whole = clause): PlannedCall {
  const schema = asSchema(tool.inputSchema)
  const fromClause = asSchema(fill(withoutRequired(schema), clause))
  const fromWhole = asSchema(fill(schema, whole))
  return { name: tool.name, arguments: { ...fromWhole, ...fromClause } }
}

/** The function that fits best, even if badly. */
export function likeliest(
  tools: LanguageModelV4FunctionTool[],
  text: string,
): LanguageModelV4FunctionTool | undefined {
  return tools.toSorted((a, b) => score(b, text) - score(a, text))[0]
}

function bestOf(tools: LanguageModelV4FunctionTool[], text: string): LanguageModelV4FunctionTool | undefined {
  const best = likeliest(tools, text)
  return best && score(best, text) >= threshold ? best : undefined
}

function score({ name, description = '', inputSchema }: LanguageModelV4FunctionTool, text: string): number {
  const said = wordsOf(text)
  const parameters = propertiesOf(asSchema(inputSchema)).map((property) => {
    const { description: about, enum: choices } = asSchema(property.schema)
    return `${property.name} ${typeof about === 'string' ? about : ''} ${Array.isArray(choices) ? choices.join(' ') : ''}`
  })
  return (
    2 * overlap(said, wordsOf(name)) +
    overlap(said, wordsOf(description)) +
    0.5 * overlap(said, wordsOf(parameters.join(' ')))
  )
}

/** "the weather in Paris, Rome and Berlin" has three. A comma alone is no border: "San Francisco, CA". */
function clauses(text: string): string[] {
  const parts = text.split(/\s+(?:and|und|et|y|as well as)\s+|[;?!\n]+|\.\s+|&/)
  return parts
    .flatMap((part, at) => (at < parts.length - 1 ? part.split(/,\s+(?![A-Z]{2}\b)(?=\p{Lu})/u) : [part]))
    .map((part) => part.trim())
    .filter(Boolean)
}

/** Whether a function takes one object a call: then a list of objects means several calls. */
function takesOne({ inputSchema }: LanguageModelV4FunctionTool): boolean {
  const properties = propertiesOf(asSchema(inputSchema))
  return properties.some(({ required, schema }) => required && asSchema(schema)['type'] !== 'array')
}

function withoutRequired(schema: Record<string, unknown>): Record<string, unknown> {
  const { required: _, ...rest } = schema
  return rest
}
