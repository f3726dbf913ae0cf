import type { LanguageModelV4ProviderTool } from '@ai-sdk/provider'

/** The tools that a provider runs itself, and `computer`, whose calls the caller answers. */
export const hostedToolKinds = ['web_search', 'image_generation', 'computer'] as const
export type HostedTool = (typeof hostedToolKinds)[number]

/** The settings of each kind. What is left out is the provider's default. */
export interface HostedToolSettings {
  web_search: WebSearchSettings
  image_generation: ImageGenerationSettings
  computer: ComputerSettings
}

export interface WebSearchSettings {
  searchContextSize?: 'low' | 'medium' | 'high' | undefined
  /** Without a scheme: `openai.com`. Subdomains belong to them. */
  allowedDomains?: string[] | undefined
  blockedDomains?: string[] | undefined
  userLocation?: UserLocation | undefined
  /** False where only what the provider has kept of the web may be read. */
  externalWebAccess?: boolean | undefined
}

export interface UserLocation {
  city?: string | undefined
  /** Two letters, as of ISO 3166-1. */
  country?: string | undefined
  region?: string | undefined
  /** A name of the IANA's, such as `Europe/Berlin`. */
  timezone?: string | undefined
}

export interface ImageGenerationSettings {
  model?: string | undefined
  quality?: string | undefined
  size?: string | undefined
  background?: string | undefined
  outputFormat?: string | undefined
  /** In percent. */
  outputCompression?: number | undefined
  moderation?: string | undefined
  /** How many pictures are sent before the last one. */
  partialImages?: number | undefined
  inputFidelity?: string | undefined
  inputImageMask?: { fileId?: string | undefined; imageUrl?: string | undefined } | undefined
  action?: string | undefined
}

/** The size of the display is that of the screenshots. */
export type ComputerSettings = Record<string, never>

/** How a provider writes each kind that it has. Throws `HostedSettingRefused` for a setting that it has no word for. */
export type HostedToolWords = {
  [Kind in HostedTool]?: (
    settings: HostedToolSettings[Kind],
  ) => Omit<LanguageModelV4ProviderTool, 'type' | 'name'>
}

/** What a model has of them. */
export interface HostedTools {
  /** The kinds that the model has. Empty where its provider runs none. */
  hostedTools: readonly HostedTool[]
  /**
   * The tool for a request to this model. Its name, which its calls bear, is the kind. Throws `HostedSettingRefused`
   * for a setting that the provider does not take, and an Error for a kind that the model does not have.
   */
  hostedTool<Kind extends HostedTool>(
    kind: Kind,
    settings: HostedToolSettings[Kind],
  ): LanguageModelV4ProviderTool
}

export const hostedToolsOf = (words: HostedToolWords = {}): HostedTools => ({
  hostedTools: hostedToolKinds.filter((kind) => words[kind] !== undefined),
  hostedTool(kind, settings) {
    const write = words[kind]
    if (!write) throw new Error(`The model has no ${kind}`)
    return { type: 'provider', name: kind, ...write(settings) }
  },
})

/** Thrown for a setting that the provider has no word for. The message is for the caller of the API. */
export class HostedSettingRefused extends Error {
  override name = 'HostedSettingRefused'
  /** The field of the settings: `displayWidth`. */
  readonly setting: string
  /** `reason` goes on after "is": `refused by Anthropic`. */
  constructor(kind: HostedTool, setting: string, reason = "not taken by this model's provider") {
    super(`The setting '${wireName(setting)}' of '${kind}' is ${reason}.`)
    this.setting = setting
  }
}

/** Refuses each setting that is set and not among these. */
export function takesOnly(kind: HostedTool, settings: object, taken: readonly string[]): void {
  const other = Object.entries(settings).find(([name, value]) => isSet(value) && !taken.includes(name))
  if (other) throw new HostedSettingRefused(kind, other[0])
}

/** The settings that are set. */
export const settingsSet = (settings: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => isSet(value)))

const isSet = (value: unknown) => value !== undefined && value !== null

const wireName = (setting: string) => setting.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
