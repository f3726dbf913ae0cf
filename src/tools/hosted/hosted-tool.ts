import { lastError } from '../../errors/last-error.ts'
import { HostedSettingRefused, type HostedTool } from '../../models/hosted-tools.ts'
import { unknownCall } from '../function.ts'
import { ToolFailure } from '../tool-failure.ts'
import type { Tool, ToolContext } from '../tool.ts'
import { hostedType, offeredTool, type HostedEntry } from './hosted-entry.ts'

/**
 * A tool that the provider of the model runs while it answers: its calls and what came of them are parts of the answer. A model
 * that calls it as a function is told that there is none.
 */
export const hostedTool = (kind: HostedTool): Tool => ({
  type: hostedType(kind),
  open: (context) => ({ definitions: offeredTools(kind, context), begin: unknownCall }),
  replay: () => ({ name: kind, arguments: '{}', result: '' }),
})

/** The model was asked for it when the run was created, and may be served by another provider by now. */
export function offeredTools(kind: HostedTool, { requested, hosted, model }: ToolContext) {
  if (!hosted?.hostedTools.includes(kind)) throw new ToolFailure(lastError.noHostedTool(kind, model))
  try {
    return (requested as unknown as HostedEntry[]).map((entry) => offeredTool(hosted, kind, entry))
  } catch (error) {
    if (error instanceof HostedSettingRefused) throw new ToolFailure(error.message)
    throw error
  }
}
