import { z } from 'zod'
import { optional } from '../limits.ts'
import { object, variants } from '../objects.ts'
import type {
  ComputerCallItem,
  ComputerCallOutputItem,
  ImageGenerationCallItem,
  WebSearchAction,
  WebSearchCallItem,
} from './hosted-item-types.ts'
import { refuseImageUrl } from './image-urls.ts'
import { isFields, missing, readAs, Refused, type Fields } from './refused.ts'

/** Items of tools that providers have, which requests send back. */

type Path = (string | number)[]

const source = z.looseObject({ type: optional(z.string()), url: z.string() })
const search = object({
  type: z.literal('search'),
  query: optional(z.string()),
  queries: optional(z.array(z.string())),
  sources: optional(z.array(source)),
})
const openPage = object({ type: z.literal('open_page'), url: optional(z.string()) })
const findInPage = object({
  type: z.enum(['find_in_page', 'find']),
  url: optional(z.string()),
  pattern: optional(z.string()),
})

const webSearchCall = object({
  id: optional(z.string()),
  type: z.literal('web_search_call'),
  status: optional(z.string()),
  action: optional(variants(search, openPage, findInPage)),
  results: optional(z.array(z.looseObject({}))),
})

export function readWebSearchCall(value: Fields, path: Path): Omit<WebSearchCallItem, 'id'> {
  const { status, action, results } = readAs(webSearchCall, value, path)
  return {
    type: 'web_search_call',
    status: status === 'failed' ? 'failed' : 'completed',
    action: action ? actionOf(action) : { type: 'search' },
    ...(results && { results }),
  }
}

function actionOf(action: z.output<typeof search | typeof openPage | typeof findInPage>): WebSearchAction {
  if (action.type === 'open_page') return { type: 'open_page', url: action.url ?? null }
  if (action.type !== 'search')
    return { type: 'find_in_page', url: action.url ?? '', pattern: action.pattern ?? '' }
  const { queries, query, sources } = action
  return {
    type: 'search',
    ...(queries && { queries }),
    ...(query !== undefined && { query }),
    ...(sources && { sources: sources.map(({ url }) => ({ type: 'url' as const, url })) }),
  }
}

const imageGenerationCall = object({
  id: optional(z.string()),
  type: z.literal('image_generation_call'),
  status: optional(z.string()),
  action: optional(z.string()),
  background: optional(z.string()),
  output_format: optional(z.string()),
  quality: optional(z.string()),
  result: optional(z.string()),
  revised_prompt: optional(z.string()),
  size: optional(z.string()),
})

/** In characters of base64, which is a picture of 20 MB. */
const maxPicture = 28 * 2 ** 20

export function readImageGenerationCall(value: Fields, path: Path): Omit<ImageGenerationCallItem, 'id'> {
  const {
    status,
    action: _action,
    result,
    revised_prompt,
    ...given
  } = readAs(imageGenerationCall, value, path)
  if (result !== undefined && result.length > maxPicture)
    throw new Refused({
      code: 'string_above_max_length',
      path: [...path, 'result'],
      message: `Invalid '{param}': string too long. Expected a string with maximum length ${maxPicture}, but got a string with length ${result.length} instead.`,
    })
  return {
    type: 'image_generation_call',
    status: status === 'failed' ? 'failed' : 'completed',
    background: given.background ?? 'auto',
    output_format: given.output_format ?? 'png',
    quality: given.quality ?? 'auto',
    result: result ?? null,
    revised_prompt: revised_prompt ?? null,
    size: given.size ?? 'auto',
  }
}

/** A picture that was made before is named by its id alone (as documented): it is not sent again. */
export const isReferenceToPicture = ({ type, id, result }: Fields): boolean =>
  type === 'image_generation_call' && typeof id === 'string' && result === undefined

const safetyChecks = optional(
  z.array(object({ id: z.string(), code: optional(z.string()), message: optional(z.string()) })),
)
const action = z.looseObject({ type: z.string() })

const computerCall = object({
  id: optional(z.string()),
  type: z.literal('computer_call'),
  status: optional(z.string()),
  call_id: z.string().min(1).max(256),
  action: optional(action),
  actions: optional(z.array(action)),
  pending_safety_checks: safetyChecks,
})

export function readComputerCall(value: Fields, path: Path): Omit<ComputerCallItem, 'id'> {
  const {
    status,
    call_id,
    action: one,
    actions,
    pending_safety_checks: checks,
  } = readAs(computerCall, value, path)
  if (!one && !actions) throw missing([...path, 'actions'])
  return {
    type: 'computer_call',
    status: status === 'incomplete' ? 'incomplete' : 'completed',
    call_id,
    ...(one && { action: one }),
    ...(actions && { actions }),
    pending_safety_checks: checksOf(checks),
  }
}

const checksOf = (checks: z.output<typeof safetyChecks>) =>
  (checks ?? []).map(({ id, code = null, message = null }) => ({ id, code, message }))

const computerCallOutput = object({
  id: optional(z.string()),
  type: z.literal('computer_call_output'),
  status: optional(z.string()),
  created_by: optional(z.string()),
  call_id: z.string().min(1).max(256),
  acknowledged_safety_checks: safetyChecks,
  output: object({
    type: z.enum(['computer_screenshot', 'input_image']),
    detail: optional(z.enum(['low', 'high', 'auto', 'original'])),
    file_id: optional(z.string()),
    image_url: optional(z.string()),
  }),
})

export function readComputerCallOutput(value: Fields, path: Path): Omit<ComputerCallOutputItem, 'id'> {
  if (isFields(value['output']) && value['output']['type'] === undefined)
    throw missing([...path, 'output', 'type'])
  const { call_id, output, acknowledged_safety_checks: checks } = readAs(computerCallOutput, value, path)
  const { detail, file_id, image_url } = output
  if (image_url !== undefined) refuseImageUrl(image_url, [...path, 'output', 'image_url'])
  return {
    type: 'computer_call_output',
    status: 'completed',
    acknowledged_safety_checks: checksOf(checks),
    call_id,
    output: {
      type: 'computer_screenshot',
      ...(detail !== undefined && { detail }),
      ...(file_id !== undefined && { file_id }),
      ...(image_url !== undefined && file_id === undefined && { image_url }),
    },
  }
}
