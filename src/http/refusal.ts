import type { z } from 'zod'
import { tooFewItems, tooManyItems, type Refusal } from '../contract/limits.ts'
import { allOf, oneOf } from '../contract/list-values.ts'
import { cut, invalid, missingParameter, unknownParameter, type ApiError } from '../errors/errors.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** The error for the first problem, with the text of the original (as recorded). */
export function refusal(issues: readonly Issue[]): ApiError {
  const issue = issues[0]
  return issue ? explain(issue, []) : invalid('The request is not valid.')
}

/** `at` is the path of the value to which the path of the issue is relative. */
function explain(issue: Issue, at: Path): ApiError {
  const path = [...at, ...issue.path]
  const param = dotted(path)
  switch (issue.code) {
    case 'custom':
      return custom(issue, param)
    case 'unrecognized_keys':
      return unknownParameter(dotted([...path, issue.keys[0] ?? '']))
    case 'invalid_type':
      return wrongType(phraseOf(issue), issue.input, param)
    case 'invalid_value':
      return typeof issue.input === 'string'
        ? unsupported(issue.input, issue.values.map(String), param)
        : wrongType(`one of ${oneOf(issue.values.map(String))}`, issue.input, param)
    case 'invalid_union':
      return inUnion(issue, path)
    case 'too_big':
    case 'too_small':
      return outOfBounds(issue, param)
    default:
      return invalid(`Invalid value for '${param}'.`, param, 'invalid_value')
  }
}

/** An error of the contract. Its text is complete except for the path. */
export const refusalAt = ({ message, code }: Refusal, param: string): ApiError =>
  invalid(
    message.replaceAll('{param}', () => param),
    param || null,
    code,
  )

function custom(issue: z.core.$ZodIssueCustom, param: string): ApiError {
  const { code, withoutParam } = (issue.params ?? {}) as { code?: string | null; withoutParam?: boolean }
  return refusalAt({ message: issue.message, code: code ?? null }, withoutParam ? '' : param)
}

function outOfBounds(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, param: string): ApiError {
  if (Array.isArray(issue.input)) {
    const { length } = issue.input
    return refusalAt(
      issue.code === 'too_big'
        ? tooManyItems(Number(issue.maximum), length)
        : tooFewItems(Number(issue.minimum), length),
      param,
    )
  }
  // Only for numbers that JSON can write and a double cannot represent exactly. Every other limit has its own text.
  return invalid(`Invalid '${param}': integer out of range.`, param, 'invalid_value')
}

function inUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): ApiError {
  const param = dotted(path)
  if ('discriminator' in issue && typeof issue.discriminator === 'string') {
    const given: unknown = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]
    const options = 'options' in issue ? (issue.options as unknown[]).map(String) : []
    if (given === undefined) return missingParameter(param)
    return typeof given === 'string'
      ? unsupported(given, options, param)
      : wrongType(`one of ${oneOf(options)}`, given, param)
  }
  if (issue.input === undefined) return missingParameter(param)
  const meant = meantBranch(issue)
  if (meant?.[0]) return explain(meant[0], path)
  const phrases = issue.errors.flatMap((branch) => (branch[0] ? [phraseOf(branch[0])] : []))
  const [first, ...others] = phrases
  const rest = others.map((phrase) => ` or ${phrase.replace(/^an? /, '')}`).join('')
  return wrongType(`one of ${first}${rest}`, issue.input, param)
}

/** The alternative whose type the value has. The other alternatives only report that the type is different. */
const meantBranch = (issue: z.core.$ZodIssueInvalidUnion): Issue[] | undefined =>
  issue.errors.find((branch) => !branch.some((one) => one.path.length === 0 && ofOtherType(one)))

const ofOtherType = (issue: Issue) =>
  issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.input !== 'string')

function unsupported(given: string, values: string[], param: string): ApiError {
  return invalid(
    `Invalid value: '${cut(given)}'. Supported values are: ${allOf(values)}.`,
    param || null,
    'invalid_value',
  )
}

function wrongType(expected: string, given: unknown, param: string): ApiError {
  if (given === undefined) return missingParameter(param)
  const place = param === '' ? 'Invalid type' : `Invalid type for '${param}'`
  return invalid(
    `${place}: expected ${expected}, but got ${described(given)} instead.`,
    param || null,
    'invalid_type',
  )
}

/** For arrays and numbers `typePhrase` in contract/until-first-issue.ts has put the phrase into the message. */
function phraseOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return 'a string'
  if (issue.code !== 'invalid_type') return 'an object'
  switch (issue.expected) {
    case 'array':
    case 'number':
      return issue.message
    case 'int':
      return 'an integer'
    case 'string':
    case 'boolean':
      return `a ${issue.expected}`
    default:
      return 'an object'
  }
}

function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Writes a path as `messages[0].id`. A key may be as long as the body, so it is cut. */
export const dotted = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = cut(String(key))
    return text === '' ? name : `${text}.${name}`
  }, '')
