import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { connectHint } from '../describe.ts'
import type { Conversation, DoneCall } from './conversation.ts'

const who = "I am Threadmill's built-in demo: a small planner, openly not a language model."

/** What the demo says when it has nothing to do: what it is, what it can do here, and how to connect a model. */
export function introduce(
  { question, pictures }: Conversation,
  tools: LanguageModelV4FunctionTool[],
): string {
  const hint = `To connect a language model, ${connectHint}.`
  if (/^\s*(hi|hello|hey|good (morning|afternoon|evening)|bonjour|hallo|hola)\b/i.test(question)) {
    return `Hello! ${who} ${abilities(tools)} ${hint}`
  }
  if (/^\s*(thanks|thank you|merci|danke)\b/i.test(question)) return 'You are welcome.'
  if (/\b(who|what) are you\b|\bare you (a|an|the)\b|\byour name\b/i.test(question)) {
    return `${who} ${abilities(tools)} ${hint}`
  }
  const cannot = pictures > 0 ? 'I cannot see pictures.' : 'This is beyond me.'
  return `${cannot} ${who} ${abilities(tools)} ${hint}`
}

function abilities(tools: LanguageModelV4FunctionTool[]): string {
  const names = tools.map(({ name }) => name)
  const functions = names.filter((name) => name !== 'code_interpreter' && name !== 'file_search')
  const able = [
    names.includes('code_interpreter') &&
      'write Python for equations ("Solve 3x + 11 = 14"), arithmetic, statistics, plots and CSV files',
    functions.length > 0 && `call ${functions.slice(0, 5).join(', ')}`,
    names.includes('file_search') && 'look things up in files',
  ].filter(Boolean)
  if (able.length > 0) return `Here I can ${able.join(', and ')}.`
  return 'I need tools: give the assistant the code interpreter and ask me to solve 3x + 11 = 14.'
}

/** The outputs of functions, in words. */
export function tellOutputs(done: DoneCall[]): string {
  const told = done.map(({ name, input, output, failed }) => {
    const given = Object.values(input).filter((value) => ['string', 'number'].includes(typeof value))
    const about = given.length > 0 ? ` (${given.join(', ').slice(0, 100)})` : ''
    return `${name}${about} ${failed ? 'failed' : 'says'}: ${inWords(output)}`
  })
  return told.length === 1 ? `${told[0]}` : told.map((line) => `- ${line}`).join('\n')
}

/** JSON as "temperature: 57, unit: F"; anything else as it is. */
function inWords(output: string): string {
  try {
    const value: unknown = JSON.parse(output)
    return flat(value) || '(nothing)'
  } catch {
    return output.trim() || '(nothing)'
  }
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return value.map(flat).join('; ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, inside]) => `${name.replaceAll('_', ' ')}: ${flat(inside)}`)
    .join(', ')
}
