import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { fill, missingIn } from './arguments.ts'
import { objectsIn } from './find-string.ts'
import { destroys, hasEffect, isNegated, onlySpeaksOf, takesBack } from './requests.ts'
import { asSchema, propertiesOf } from './schema.ts'
import { overlap, wordsOf } from './words.ts'

export interface PlannedCall {
  name: string
  arguments: Record<string, unknown>
}

/** What a text asks of the functions. At most one of `unsaid`, `denied` and `spoken` is set, and then nothing is called. */
export interface FunctionChoice {
  calls: PlannedCall[]
  /** A function that is meant, and the arguments that the text does not say. */
  unsaid?: { name: string; missing: string[] }
  /** A function that the text says not to call. */
  denied?: string
  /** A function that changes something, of which the text speaks without asking for it. */
  spoken?: string
}

/** A function is meant when one word of its name is said, or two of its description. */
const threshold = 2

interface Wanted {
  tool: LanguageModelV4FunctionTool
  text: string
  denied: boolean
}

/** Which of the functions a text asks for, in order, with arguments from the text. */
export function chooseFunctions(tools: LanguageModelV4FunctionTool[], question: string): FunctionChoice {
  const text = question.replaceAll(/[^\S\n]+/g, ' ')
  const all = wantedIn(tools, text)
  const wanted = all.filter(({ denied }) => !denied)
  const [only] = wanted
  const refused = all.find(({ denied }) => denied)
  if (!only && refused)
    return { calls: [], [onlySpeaksOf(refused.text) ? 'spoken' : 'denied']: refused.tool.name }
  if (!only) return { calls: [] }
  const spoken = wanted.find((one) => hasEffect(one.tool.name) && onlySpeaksOf(one.text))
  if (spoken) return { calls: [], spoken: spoken.tool.name }
  for (const one of wanted) {
    const about = all.length === 1 || refused ? one.text : `${one.text}. ${text}`
    const options = { known: knownWords(one.tool), strict: hasEffect(one.tool.name) }
    const missing = missingIn(one.tool.inputSchema, all.length === 1 ? text : about, options)
    if (missing.length > 0) return { calls: [], unsaid: { name: one.tool.name, missing } }
  }
  const calls =
    all.length === 1
      ? [callOf(only.tool, text)]
      : wanted.map((one) => callOf(one.tool, one.text, refused ? one.text : text))
  return {
    calls: calls.filter(
      (call, at) => calls.findIndex((other) => JSON.stringify(other) === JSON.stringify(call)) === at,
    ),
  }
}

/**
 * What each clause wants. "Don't X and Y" may mean both or one, so it denies both; what takes a request back denies
 * everything before it.
 */
function wantedIn(tools: LanguageModelV4FunctionTool[], text: string): Wanted[] {
  const wanted: Wanted[] = []
  let denying = false
  for (const { clause, begins } of clauses(text)) {
    if (takesBack(clause)) {
      for (const one of wanted) one.denied = true
      continue
    }
    const before = wanted.at(-1)
    if (before && /^(?:not|nicht|pas|no)(?!\p{L}|,)/iu.test(clause)) {
      wanted.push({ tool: before.tool, text: clause, denied: true })
      continue
    }
    const tool = bestOf(tools, clause)
    denying = (denying && !begins) || (isNegated(clause) && denies(clause, tool))
    const last = wanted.at(-1)
    const objects = objectsIn(clause)
    const isList = objects.length > 0 && wordsOf(clause).size <= 4
    if (tool && tool !== last?.tool) wanted.push({ tool, text: clause, denied: denying })
    else if (last && isList && takesOne(last.tool))
      wanted.push(...objects.map((one) => ({ tool: last.tool, text: `for ${one}`, denied: last.denied })))
    else if (tool && (!last || objects.length > 0 || denying !== last.denied))
      wanted.push({ tool, text: clause, denied: denying })
    else if (last) last.text += `. ${clause}`
  }
  return wanted
}

/**
 * Whether a negation in a clause is about the call. One that changes something is not made with any; one that only looks
 * is left out where the text says so: "don't tell me the weather", but not "why is my order not here?".
 */
function denies(clause: string, tool: LanguageModelV4FunctionTool | undefined): boolean {
  if (tool && hasEffect(tool.name)) return true
  return /^(?:please |bitte |no,? |and |but )*(?:do ?n['’]?t|do not|never|no need to|ne |no (?=\p{Ll}))/iu.test(
    clause.trim(),
  )
}

/** A call of this function whatever the text says. */
export function callOf(tool: LanguageModelV4FunctionTool, clause: string, whole = clause): PlannedCall {
  const schema = asSchema(tool.inputSchema)
  const known = knownWords(tool)
  const fromClause = asSchema(fill(withoutRequired(schema), clause, { known, guess: clause === whole }))
  const fromWhole = asSchema(fill(schema, whole, { known }))
  return { name: tool.name, arguments: { ...fromWhole, ...fromClause } }
}

/** Words that speak of the function itself, and so are no value of its arguments. */
export const knownWords = ({ name }: LanguageModelV4FunctionTool) => wordsOf(name)

/** The function that fits best, even if badly. */
export function likeliest(
  tools: LanguageModelV4FunctionTool[],
  text: string,
): LanguageModelV4FunctionTool | undefined {
  return tools.toSorted((a, b) => score(b, text) - score(a, text))[0]
}

function bestOf(tools: LanguageModelV4FunctionTool[], text: string): LanguageModelV4FunctionTool | undefined {
  const best = likeliest(tools, text)
  if (!best || score(best, text) < threshold) return undefined
  if (!destroys(best.name) || namesBoth(best, text)) return best
  return bestOf(
    tools.filter((tool) => tool !== best),
    text,
  )
}

/** "Delete" and "account" have to be said: one word of a name is no reason to destroy something. */
function namesBoth(
  { name, description = '', inputSchema }: LanguageModelV4FunctionTool,
  text: string,
): boolean {
  const said = wordsOf(text)
  const verbs = wordsOf(verbsOf(name))
  const things = wordsOf(
    `${name} ${description} ${propertiesOf(asSchema(inputSchema))
      .map((one) => one.name)
      .join(' ')}`,
  )
  const others = new Set([...things].filter((word) => overlap(new Set([word]), verbs) === 0))
  return overlap(said, verbs) > 0 && (others.size === 0 || overlap(said, others) > 0)
}

const verbsOf = (name: string) =>
  name
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
    .filter((word) => destroys(word))
    .join(' ')

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

/**
 * "the weather in Paris, Rome and Berlin" has three. A comma alone is no border: "San Francisco, CA". `begins`: a new
 * sentence, or one that stands against the one before.
 */
function clauses(text: string): { clause: string; begins: boolean }[] {
  const sentences = text.split(
    /(?:\s*,)?\s+(?:but|aber|sondern|mais|pero|sino|instead(?! of))\s+|[;!\n]+|\?+\s*|\.\s+/,
  )
  return sentences.flatMap((sentence) => {
    const parts = sentence.split(/\s+(?:and|or|und|oder|et|ou|y|o|as well as)\s+|&/)
    return parts
      .flatMap((part, at) => (at < parts.length - 1 ? part.split(/,\s+(?![A-Z]{2}\b)(?=\p{Lu})/u) : [part]))
      .map((part) => part.trim())
      .filter(Boolean)
      .map((clause, at) => ({ clause, begins: at === 0 }))
  })
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
