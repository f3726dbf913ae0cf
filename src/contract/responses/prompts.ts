import type { InputText, MessageItem } from './items.ts'
import { isFields, missing, reading, refuseOthers, textIn, unsupported, wrongType } from './refused.ts'

/** What a request names as its template, and what is put into it. */
export interface ResponsePrompt {
  id: string
  variables: Record<string, InputText>
  version: string | null
}

/** The text that stands before the conversation, where a prompt has given it. */
export type PromptInstructions = Omit<MessageItem, 'id' | 'status'>[]

type Path = (string | number)[]

export const responsePrompt = reading((value): ResponsePrompt => {
  if (!isFields(value)) throw wrongType([], 'an object', value)
  const id = textIn(value, 'id', [])
  refuseOthers(value, ['id', 'version', 'variables'], [])
  const { version = null, variables = null } = value
  if (version !== null && typeof version !== 'string') throw wrongType(['version'], 'a string', version)
  if (variables !== null && !isFields(variables)) throw wrongType(['variables'], 'an object', variables)
  const read = Object.entries(variables ?? {}).map(([name, one]) => [
    name,
    readVariable(one, ['variables', name.slice(0, 200)]),
  ])
  return { id, variables: Object.fromEntries(read), version }
})

/** Instructions are text, so pictures and files have no place in them. */
function readVariable(value: unknown, path: Path): InputText {
  if (typeof value === 'string') return { type: 'input_text', text: value }
  if (!isFields(value)) throw wrongType(path, 'one of a string or object', value)
  const { type } = value
  if (type === undefined) throw missing([...path, 'type'])
  if (type !== 'input_text')
    throw unsupported([...path, 'type'], 'Variables of a prompt must be text for this server.')
  return { type, text: textIn(value, 'text', path) }
}
