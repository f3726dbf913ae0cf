import { z } from 'zod'
import { integer, optional } from '../limits.ts'
import { object } from '../objects.ts'
import { readAs, type Fields } from './refused.ts'

/**
 * The tools of providers, which run them, and the computer, whose calls the caller answers. They are kept as they were given,
 * so that a provider is told of nothing that the caller has not asked for, and shown with the defaults of the wire.
 */
export type HostedResponseTool = WebSearchTool | WebSearchPreviewTool | ImageGenerationTool | ComputerTool

export interface WebSearchTool {
  type: 'web_search' | 'web_search_2025_08_26'
  external_web_access?: boolean | undefined
  filters?: { allowed_domains?: string[] | undefined; blocked_domains?: string[] | undefined } | undefined
  search_context_size?: ContextSize | undefined
  user_location?: Location | undefined
}

export interface WebSearchPreviewTool {
  type: 'web_search_preview' | 'web_search_preview_2025_03_11'
  search_content_types?: 'text'[] | undefined
  search_context_size?: ContextSize | undefined
  user_location?: Location | undefined
}

export interface ImageGenerationTool {
  type: 'image_generation'
  action?: 'generate' | 'edit' | 'auto' | undefined
  background?: 'transparent' | 'opaque' | 'auto' | undefined
  input_fidelity?: 'high' | 'low' | undefined
  input_image_mask?: { file_id?: string | undefined; image_url?: string | undefined } | undefined
  model?: string | undefined
  moderation?: 'auto' | 'low' | undefined
  output_compression?: number | undefined
  output_format?: 'png' | 'webp' | 'jpeg' | undefined
  partial_images?: number | undefined
  quality?: string | undefined
  size?: string | undefined
}

export interface ComputerTool {
  type: 'computer' | 'computer_use'
}

type ContextSize = 'low' | 'medium' | 'high'

interface Location {
  type: 'approximate'
  city?: string | undefined
  country?: string | undefined
  region?: string | undefined
  timezone?: string | undefined
}

/** What a provider has to have for a tool. Tools of one kind have the same name for a model. */
export type HostedKind = 'web_search' | 'image_generation' | 'computer'

const kinds: Readonly<Record<HostedResponseTool['type'], HostedKind>> = {
  web_search: 'web_search',
  web_search_2025_08_26: 'web_search',
  web_search_preview: 'web_search',
  web_search_preview_2025_03_11: 'web_search',
  image_generation: 'image_generation',
  computer: 'computer',
  computer_use: 'computer',
}

export const isHostedType = (type: string): type is HostedResponseTool['type'] => Object.hasOwn(kinds, type)
export const isHosted = (tool: { type: string }): tool is HostedResponseTool => isHostedType(tool.type)
/** Undefined for a tool that no provider has. */
export const hostedKindOf = (type: string): HostedKind | undefined =>
  isHostedType(type) ? kinds[type] : undefined

const contextSize = optional(z.enum(['low', 'medium', 'high']))
const location = optional(
  object({
    type: z.literal('approximate'),
    city: optional(z.string()),
    country: optional(z.string()),
    region: optional(z.string()),
    timezone: optional(z.string()),
  }),
)
const domains = optional(z.array(z.string()).max(100))

const webSearch = object({
  type: z.enum(['web_search', 'web_search_2025_08_26']),
  external_web_access: optional(z.boolean()),
  filters: optional(object({ allowed_domains: domains, blocked_domains: domains })),
  search_context_size: contextSize,
  user_location: location,
})

const webSearchPreview = object({
  type: z.enum(['web_search_preview', 'web_search_preview_2025_03_11']),
  search_content_types: optional(z.array(z.enum(['text']))),
  search_context_size: contextSize,
  user_location: location,
})

const imageGeneration = object({
  type: z.literal('image_generation'),
  action: optional(z.enum(['generate', 'edit', 'auto'])),
  background: optional(z.enum(['transparent', 'opaque', 'auto'])),
  input_fidelity: optional(z.enum(['high', 'low'])),
  input_image_mask: optional(object({ file_id: optional(z.string()), image_url: optional(z.string()) })),
  model: optional(z.string()),
  moderation: optional(z.enum(['auto', 'low'])),
  // What the original shows in its answers. One call makes one picture.
  n: optional(integer(1, 1)),
  output_compression: optional(integer(0, 100)),
  output_format: optional(z.enum(['png', 'webp', 'jpeg'])),
  partial_images: optional(integer(0, 3)),
  quality: optional(z.string()),
  size: optional(z.string()),
})

const computer = object({ type: z.enum(['computer', 'computer_use']) })

const schemas: Readonly<Record<HostedResponseTool['type'], z.ZodType<HostedResponseTool>>> = {
  web_search: webSearch,
  web_search_2025_08_26: webSearch,
  web_search_preview: webSearchPreview,
  web_search_preview_2025_03_11: webSearchPreview,
  image_generation: imageGeneration,
  computer,
  computer_use: computer,
}

export function readHostedTool(value: Fields, path: (string | number)[]): HostedResponseTool {
  const read = readAs(schemas[value['type'] as HostedResponseTool['type']], value, path)
  const given = Object.entries(read).filter(([key, one]) => one !== undefined && key !== 'n')
  return Object.fromEntries(given) as unknown as HostedResponseTool
}

/** As recorded: the original takes its caller for one in the United States, and says so. */
const somewhere: Location = { type: 'approximate', country: 'US' }
const placeOf = ({ type, city, country, region, timezone }: Location) => ({
  type,
  city: city ?? null,
  country: country ?? null,
  region: region ?? null,
  timezone: timezone ?? null,
})

export interface ShownHostedTool {
  type: HostedResponseTool['type']
  [setting: string]: unknown
}

/** A tool as answers show it. */
export function shownHostedTool(tool: HostedResponseTool): ShownHostedTool {
  switch (tool.type) {
    case 'web_search':
    case 'web_search_2025_08_26': {
      const { type, external_web_access, filters, search_context_size = 'medium', user_location } = tool
      return {
        type,
        ...(external_web_access !== undefined && { external_web_access }),
        filters: filters ? { ...filters, allowed_domains: filters.allowed_domains ?? null } : null,
        search_context_size,
        user_location: placeOf(user_location ?? somewhere),
      }
    }
    case 'web_search_preview':
    case 'web_search_preview_2025_03_11': {
      const { type, search_content_types, search_context_size = 'medium', user_location } = tool
      const place = placeOf(user_location ?? somewhere)
      return {
        type,
        ...(search_content_types && { search_content_types }),
        search_context_size,
        user_location: place,
      }
    }
    case 'image_generation':
      return shownImageGeneration(tool)
    default:
      return { ...tool }
  }
}

const shownImageGeneration = ({ type, ...given }: ImageGenerationTool) => ({
  type,
  background: 'auto',
  model: 'gpt-image-1',
  moderation: 'auto',
  output_compression: 100,
  output_format: 'png',
  quality: 'auto',
  size: 'auto',
  ...given,
})
