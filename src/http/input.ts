import { z } from 'zod'
import type { Refusal } from '../contract/limits.ts'
import { metadata, type Metadata } from '../contract/metadata.ts'
import { untilFirstIssue } from '../contract/until-first-issue.ts'
import { includeContentValue } from '../contract/run-steps.ts'
import { ApiError, cut, invalid, unknownParameter } from '../errors/errors.ts'
import type { Request } from './call.ts'
import { handOverFrom } from './json-parser.ts'
import type { JsonAllowance } from './parse-json.ts'
import { bodyOf } from './body.ts'
import { bodyRefusal } from './body-refusal.ts'
import { refusal } from './refusal.ts'

/** In bytes. A message may contain images as data: URLs. */
export const maxJson = 16 * 1024 * 1024

/**
 * Reads the body and parses it with the schema. An empty body counts as `{}`. `malformed` is how an API refuses what is no
 * JSON, and `allowance` what this request may have more of than others.
 */
export async function readJson<Schema extends z.ZodType>(
  c: Request,
  schema: Schema,
  malformed?: Refusal,
  allowance?: JsonAllowance,
): Promise<z.output<Schema>> {
  const text = await readBody(c).catch((error: unknown) => {
    // The client has closed the connection and does not read this answer. It is not an error of the server.
    throw error instanceof ApiError ? error : invalid('The body of your request broke off.')
  })
  const parsed = await c.get('call').json.parse(text, allowance)
  if ('problem' in parsed) throw bodyRefusal(parsed, schema, malformed)
  return parse(schema, parsed.value ?? {})
}

/**
 * Parses a value with the schema, and throws the API's error for the first problem. The check ends there, because a
 * million problems need only one answer.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given, untilFirstIssue)
  if (result.success) return result.data
  throw refusal(result.error.issues)
}

async function readBody(c: Request): Promise<Uint8Array<ArrayBuffer>> {
  const length = c.req.header('content-length') ?? null
  if (Number(length) > maxJson) throw tooLarge()
  if (length !== null && Number(length) < handOverFrom) return new Uint8Array(await c.req.raw.arrayBuffer())
  // The body is copied into place while it arrives, because copying megabytes at the end would block other requests.
  let body = new Uint8Array(length === null ? handOverFrom : Number(length))
  let bytes = 0
  for await (const chunk of bodyOf(c)) {
    const end = bytes + chunk.byteLength
    if (end > maxJson) throw tooLarge()
    if (end > body.byteLength) body = new Uint8Array(body.buffer.transfer(Math.min(maxJson, end * 2)))
    body.set(chunk, bytes)
    bytes = end
  }
  return body.subarray(0, bytes)
}

const tooLarge = () =>
  new ApiError(
    413,
    `The body of the request is too large. Maximum allowed size is ${maxJson / 1024 ** 2} MB.`,
    {
      code: 'request_too_large',
    },
  )

/**
 * Parses the query parameters of a list. An empty parameter counts as missing. An unknown parameter is refused, because
 * the answer would otherwise be another part of the list than the caller asked for. `more` contains names that are read
 * elsewhere.
 */
export function readQuery<Schema extends z.ZodObject>(
  c: Request,
  schema: Schema,
  more?: RegExp,
): z.output<Schema> {
  const given = Object.entries(c.req.query()).filter(([, value]) => value !== '')
  const unknown = given.find(
    ([name]) => !(Object.hasOwn(schema.shape, name) || more?.test(name) || addedOnTheWay.test(name)),
  )
  if (unknown) throw unknownParameter(cut(unknown[0]))
  return parse(schema, Object.fromEntries(given))
}

/** Azure's clients add a version. Browser libraries add `_` to avoid caches. */
const addedOnTheWay = /^(api-version|_)$/

/**
 * The same for a query with lists: a parameter whose schema is an array may be given as `name[]=a&name[]=b`, `name[0]=a`,
 * or `name=a&name=b`, as clients do.
 */
export function readQueryWithLists<Schema extends z.ZodObject>(
  c: Request,
  schema: Schema,
  more?: RegExp,
): z.output<Schema> {
  const query: Record<string, string> = {}
  const lists: Record<string, string[]> = {}
  for (const [given, values] of Object.entries(c.req.queries())) {
    const name = given.replace(/\[\d*\]$/, '')
    const present = values.filter((value) => value !== '')
    const expected: unknown = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined
    const takesList = expected instanceof z.ZodDefault && expected.unwrap() instanceof z.ZodArray
    if (present.length === 0 || addedOnTheWay.test(given) || more?.test(given)) continue
    if (!expected || (given !== name && !takesList)) throw unknownParameter(cut(given))
    if (takesList) lists[name] = [...(lists[name] ?? []), ...present]
    else query[name] = present[0] ?? ''
  }
  return parse(schema, { ...query, ...lists })
}

const filterOfMetadata = /^metadata\[(.+)\]$/s
const metadataFilter = z.object({ metadata })

/** The same for a list that can be filtered with `?metadata[key]=value`. `more` contains names that are read elsewhere. */
export function readFilteredQuery<Schema extends z.ZodObject>(
  c: Request,
  schema: Schema,
  more?: RegExp,
): z.output<Schema> & { metadata: Metadata } {
  const names = more ? new RegExp(`${filterOfMetadata.source}|${more.source}`, 's') : filterOfMetadata
  return { ...readQuery(c, schema, names), ...readMetadata(c) }
}

/** The same for a query with lists. */
export const readFilteredQueryWithLists = <Schema extends z.ZodObject>(
  c: Request,
  schema: Schema,
): z.output<Schema> & { metadata: Metadata } => ({
  ...readQueryWithLists(c, schema, filterOfMetadata),
  ...readMetadata(c),
})

function readMetadata(c: Request): { metadata: Metadata } {
  const pairs = Object.entries(c.req.query()).flatMap(([name, value]) => {
    const key = filterOfMetadata.exec(name)?.[1]
    return key === undefined ? [] : [[key, value]]
  })
  return parse(metadataFilter, { metadata: Object.fromEntries(pairs) })
}

/** For a list without parameters, to which callers may add their own. Refuses those that would filter the list. */
export function refuseFilters(c: Request, fields: readonly string[]): void {
  const names = [...fields, 'metadata', 'attributes']
  const filter = Object.keys(c.req.query()).find((name) => names.includes(name.replace(/\[.*$/s, '')))
  if (filter !== undefined) throw unknownParameter(cut(filter))
}

/** The names of parameters that `readInclude` reads. */
export const includeNames = /^include(\[\d*\])?$/

/** Reads `include[]=…` of run steps. */
export const readInclude = (c: Request): { includeContent: boolean } => ({
  includeContent: readIncluded(c, includeContentValue),
})

/**
 * Whether `include[]=…` asks for the one value that it may have. Some clients send `include=…`, `include[0]=…`, or values
 * with commas.
 */
export function readIncluded(c: Request, supported: string): boolean {
  const given = Object.entries(c.req.queries()).flatMap(([name, some]) =>
    includeNames.test(name) ? some : [],
  )
  const values = given.flatMap((value) => value.split(',')).filter((value) => value !== '')
  const unknown = values.find((value) => value !== supported)
  if (unknown !== undefined) {
    throw invalid(
      `Invalid value: '${cut(unknown)}'. Supported values are: '${supported}'.`,
      'include',
      'invalid_value',
    )
  }
  return values.length > 0
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

/** Reads an id from the path. An id with another prefix, most often `undefined`, is refused before it is looked up. */
export function pathId(c: Request, param: keyof typeof prefixes): string {
  const id = c.req.param(param) ?? ''
  const prefix = prefixes[param]
  if (id.startsWith(prefix)) return id
  throw invalid(
    `Invalid '${param}': '${cut(id)}'. Expected an ID that begins with '${prefix}'.`,
    param,
    'invalid_value',
  )
}
