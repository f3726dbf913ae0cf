import { baseURL } from '../api/client.ts'

/** A call of the API, as programs write it. */
export interface ApiCall {
  /** The method of the official client: `beta.threads.runs.create`. */
  name: string
  /** Its ids, in the order of the path: `{ thread_id: 'thread_…' }`. */
  ids: Record<string, string>
  /** The path below the base URL. */
  path: string
  body: Record<string, unknown>
}

export const codeLanguages = { python: 'Python', node: 'Node', curl: 'curl' } as const
export type CodeLanguage = keyof typeof codeLanguages

/** The call as a program. The key is not in it: clients read it from the environment. */
export function codeOfCall(call: ApiCall, language: CodeLanguage): string {
  if (language === 'python') return pythonOf(call)
  if (language === 'node') return nodeOf(call)
  return curlOf(call)
}

function pythonOf({ name, ids, body }: ApiCall): string {
  const parameters = Object.entries({ ...ids, ...body }).map(
    ([key, value]) => `    ${key}=${indent(pythonValue(value))},`,
  )
  return [
    'from openai import OpenAI',
    '',
    '# OPENAI_API_KEY has the key of the server.',
    `client = OpenAI(base_url=${JSON.stringify(baseURL)})`,
    `answer = client.${name}(`,
    ...parameters,
    ')',
    'print(answer)',
    '',
  ].join('\n')
}

function nodeOf({ name, ids, body }: ApiCall): string {
  const given = [...Object.values(ids).map((id) => JSON.stringify(id)), JSON.stringify(body, null, 2)]
  return [
    "import OpenAI from 'openai'",
    '',
    '// OPENAI_API_KEY has the key of the server.',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(baseURL)} })`,
    `const answer = await client.${name}(${given.join(', ')})`,
    'console.log(answer)',
    '',
  ].join('\n')
}

function curlOf({ path, body }: ApiCall): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)
  return [
    String.raw`curl ${baseURL}${path} \ `.trimEnd(),
    String.raw`  -H "Authorization: Bearer $OPENAI_API_KEY" \ `.trimEnd(),
    String.raw`  -H "Content-Type: application/json" \ `.trimEnd(),
    String.raw`  -H "OpenAI-Beta: assistants=v2" \ `.trimEnd(),
    `  -d '${json}'`,
    '',
  ].join('\n')
}

/** A value of JSON as Python writes it. */
function pythonValue(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = '    '.repeat(depth + 1)
  const entries = Array.isArray(value)
    ? value.map((one) => `${inner}${pythonValue(one, depth + 1)},`)
    : Object.entries(value).map(
        ([key, one]) => `${inner}${JSON.stringify(key)}: ${pythonValue(one, depth + 1)},`,
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return entries.length === 0
    ? `${open}${close}`
    : `${open}\n${entries.join('\n')}\n${'    '.repeat(depth)}${close}`
}

const indent = (text: string) => text.replaceAll('\n', '\n    ')
