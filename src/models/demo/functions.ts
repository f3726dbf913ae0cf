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

/**
 * The functions that a text asks for. At most one of `unsaid`, `denied` and `spoken` is set, and then `calls` is empty.
 */
export interface FunctionChoice {
  calls: PlannedCall[]
  /** A function that the text asks for, and its required arguments that the text does not give. */
  unsaid?: { name: string; missing: string[] }
  /** The name of a function that the text says not to call. */
  denied?: string
  /** The name of a function with effects that the text only speaks about, without asking for it. */
  spoken?: string
}

/** The minimum score of a function: the text contains one word of its name or two words of its description. */
const threshold = 2

interface Wanted {
  tool: LanguageModelV4FunctionTool
  text: string
  denied: boolean
}

/** The calls of functions that a text asks for, in its order, with arguments from the text. */
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
 * The functions that the clauses ask for. "Don't X and Y" may deny both or only the first, so both are denied, which is
 * safer. A clause that takes a request back denies everything before it.
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
 * Whether a negation in a clause denies the call. A function with effects is not called after any negation. A function
 * that only reads is not called when the clause begins with the negation, as in "don't tell me the weather", but it is
 * called for "why is my order not here?".
 */
function denies(clause: string, tool: LanguageModelV4FunctionTool | undefined): boolean {
  if (tool && hasEffect(tool.name)) return true
  return /^(?:please |bitte |no,? |and |but )*(?:do ?n['’]?t|do not|never|no need to|ne |no (?=\p{Ll}))/iu.test(
    clause.trim(),
  )
}

/** Makes a call of this function, even when the text does not ask for it. */
export function callOf(tool: LanguageModelV4FunctionTool, clause: string, whole = clause): PlannedCall {
  const schema = asSchema(tool.inputSchema)
  const known = knownWords(tool)
  const fromClause = asSchema(fill(withoutRequired(schema), clause, { known, guess: clause === whole }))
  const fromWhole = asSchema(fill(schema, whole, { known }))
  return { name: tool.name, arguments: { ...fromWhole, ...fromClause } }
}

/** The words of a function's name, which are not values of its arguments. */
export const knownWords = ({ name }: LanguageModelV4FunctionTool) => wordsOf(name)

/** The function that matches the text best, even if it matches badly. */
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

/**
 * Whether a text names both the action and its object, such as "delete" and "account". One word of a name is not enough
 * reason to destroy something.
 */
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
 * Splits a text at conjunctions and at the ends of sentences: "the weather in Paris, Rome and Berlin" has three
 * clauses. A comma alone is not enough, because of names such as "San Francisco, CA". `begins` is true for the first
 * clause of a sentence, and after words such as "but".
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

/** Whether a function takes one object per call. If so, a list of objects means several calls. */
function takesOne({ inputSchema }: LanguageModelV4FunctionTool): boolean {
  const properties = propertiesOf(asSchema(inputSchema))
  return properties.some(({ required, schema }) => required && asSchema(schema)['type'] !== 'array')
}

function withoutRequired(schema: Record<string, unknown>): Record<string, unknown> {
  const { required: _, ...rest } = schema
  return rest
}
