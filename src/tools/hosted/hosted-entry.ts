import type { LanguageModelV4ProviderTool } from '@ai-sdk/provider'
import {
  HostedSettingRefused,
  type HostedTool,
  type HostedTools,
  type HostedToolSettings,
} from '../../models/hosted-tools.ts'

/** A tool of a provider as a run lists it. Types of other tools have no colon, so none of them is taken for one of these. */
export interface HostedEntry<Kind extends HostedTool = HostedTool> {
  type: `hosted:${Kind}`
  settings: HostedToolSettings[Kind]
  /** The settings that are what an answer shows where nothing is given: clients send them back. */
  defaults: readonly string[]
}

export const hostedType = <Kind extends HostedTool>(kind: Kind): `hosted:${Kind}` => `hosted:${kind}`

/**
 * The tool as a model is offered it. A default that its provider has no word for is left out. Throws HostedSettingRefused for
 * any other such setting.
 */
export function offeredTool<Kind extends HostedTool>(
  model: Pick<HostedTools, 'hostedTool'>,
  kind: Kind,
  { settings, defaults }: Pick<HostedEntry<Kind>, 'settings' | 'defaults'>,
): LanguageModelV4ProviderTool {
  try {
    return model.hostedTool(kind, settings)
  } catch (error) {
    if (!(error instanceof HostedSettingRefused) || !defaults.includes(error.setting)) throw error
    const { [error.setting]: _left, ...rest } = settings as Record<string, unknown>
    return offeredTool(model, kind, { settings: rest as HostedToolSettings[Kind], defaults })
  }
}

/** What a model has, as far as it says which tools and settings it takes. */
export type TakesHosted = Pick<HostedTools, 'hostedTools' | 'hostedTool'>

/** Why a model does not take a tool that it has: the setting and a sentence about it. */
export function refusedSetting(
  model: TakesHosted,
  kind: HostedTool,
  entry: Pick<HostedEntry, 'settings' | 'defaults'>,
): { setting: string; message: string } | undefined {
  try {
    offeredTool(model, kind, entry as Pick<HostedEntry<typeof kind>, 'settings' | 'defaults'>)
    return undefined
  } catch (error) {
    if (error instanceof HostedSettingRefused) return error
    throw error
  }
}
