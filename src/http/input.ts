import { z } from 'zod'
import { metadata } from '../contract/metadata.ts'
import { includeContentValue } from '../contract/run-steps.ts'
import { ApiError, invalid } from '../errors.ts'
import type { Request } from './call.ts'
import { withEmptyObjects } from './empty-objects.ts'
import { refusal } from './refusal.ts'

/** In bytes. Room for a message with images as data: URLs. */
const maxJson = 16 * 1024 * 1024

/** The body as what the schema makes of it; nothing at all stands for `{}`. */
export async function readJson<Schema extends z.ZodType>(
  c: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readText(c.req.raw).catch((error: unknown) => {
    // Whoever broke off does not read this, and it is no failure of the server.
    throw error instanceof ApiError ? error : invalid('The body of your request broke off.')
  })
  return parse(schema, text.trim() === '' ? {} : (fromJson(text) ?? {}))
}

/** Throws the wire's refusal of what is wrong first. Changes `given` where an empty list stands for an object. */
export function parse<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given, { reportInput: true, error: typePhrase })
  if (result.success) return result.data
  const { issues } = result.error
  const mended = withEmptyObjects(given, issues)
  if (mended === undefined) throw refusal(issues)
  return parse(schema, mended)
}

interface Definition {
  element?: { _zod: { def: { type: string } } }
  format?: string
}

/** What an array should have held, and whether a number had to be whole, is known only here, from the schema. */
const typePhrase: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'invalid_type') return undefined
  const definition = (issue.inst as { _zod: { def: Definition } } | undefined)?._zod.def
  if (issue.expected === 'number') return definition?.format === 'safeint' ? 'an integer' : 'a decimal'
  if (issue.expected !== 'array') return undefined
  const element = definition?.element?._zod.def.type
  return element === undefined
    ? 'an array'
    : element === 'string'
      ? 'an array of strings'
      : 'an array of objects'
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    )
  }
}

async function readText(request: globalThis.Request): Promise<string> {
  const length = request.headers.get('content-length')
  if (length !== null) {
    if (Number(length) > maxJson) throw tooLarge()
    return request.text()
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxJson) throw tooLarge()
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

const tooLarge = () =>
  new ApiError(
    413,
    `The body of the request is too large. Maximum allowed size is ${maxJson / 1024 ** 2} MB.`,
    {
      code: 'request_too_large',
    },
  )

/** The known parameters of the query; an empty one counts as left out. */
export function readQuery<Schema extends z.ZodType>(c: Request, schema: Schema): z.output<Schema> {
  const given = Object.entries(c.req.query()).filter(([, value]) => value !== '')
  return parse(schema, Object.fromEntries(given))
}

const metadataFilter = z.object({ metadata })

/** The pairs of `?metadata[key]=value`. */
export function readMetadataFilter(c: Request): Record<string, string> {
  const pairs: [string, string][] = []
  for (const [name, value] of Object.entries(c.req.query())) {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1]
    if (key !== undefined) pairs.push([key, value])
  }
  return parse(metadataFilter, { metadata: Object.fromEntries(pairs) }).metadata
}

/** `include[]=…`, which some clients send as `include=…`, as `include[0]=…` or with commas. */
export function readInclude(c: Request): { includeContent: boolean } {
  const given = Object.entries(c.req.queries()).flatMap(([name, some]) =>
    /^include(\[\d*\])?$/.test(name) ? some : [],
  )
  const values = given.flatMap((value) => value.split(',')).filter((value) => value !== '')
  const unknown = values.find((value) => value !== includeContentValue)
  if (unknown !== undefined) {
    throw invalid(
      `Invalid value: '${unknown.slice(0, 200)}'. Supported values are: '${includeContentValue}'.`,
      'include',
      'invalid_value',
    )
  }
  return { includeContent: values.length > 0 }
}

const prefixes = {
  assistant_id: 'asst',
  thread_id: 'thread',
  message_id: 'msg',
  run_id: 'run',
  step_id: 'step',
  vector_store_id: 'vs',
  batch_id: 'vsfb',
}

/** An id in the address. One of another kind, `undefined` above all, is refused before it is looked for. */
export function pathId(c: Request, param: keyof typeof prefixes): string {
  const id = c.req.param(param) ?? ''
  const prefix = prefixes[param]
  if (id.startsWith(prefix)) return id
  throw invalid(
    `Invalid '${param}': '${id.slice(0, 100)}'. Expected an ID that begins with '${prefix}'.`,
    param,
    'invalid_value',
  )
}
