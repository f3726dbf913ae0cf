import type { ToolResources } from '../../contract/tool-resources.ts'
import type { Tool } from '../tool.ts'
import { codeInterpreterCall, type CodeInterpreterDetails } from './call.ts'
import { codeInterpreterDefinition, codeInterpreterNames } from './definition.ts'
import { createRunCell, type CellParts } from './run-cell.ts'
import { openSandboxFiles, pathOf } from './sandbox-files.ts'

/** Runs Python in the session of the run's sandbox, with its files and those of the assistant and of the thread. */
export function createCodeInterpreter(parts: CellParts): Tool<CodeInterpreterDetails> {
  const { db, sessions } = parts
  const runCell = createRunCell(parts)
  return {
    type: 'code_interpreter',
    otherNames: codeInterpreterNames,
    async open({ project, apiKey, sandbox, requested, resources }) {
      const given = [resources.assistant, resources.thread] as ToolResources['code_interpreter'][]
      const ids = new Set(given.flatMap((one) => one?.file_ids ?? []))
      const files = await openSandboxFiles(db, { project, sandbox }, [...ids])
      return {
        // This is computed each time, because a sandbox with other packages may have been set up since.
        get definitions() {
          return requested.map(() => codeInterpreterDefinition(sessions.provider.packages))
        },
        sources: files.sources,
        systemText: () => files.inWords(),
        waysToRead: (wanted) =>
          Promise.resolve(
            new Map(
              files.inputs
                .filter(({ id }) => wanted.includes(id))
                .map(({ id, name }) => [id, `code_interpreter reads it as ${JSON.stringify(pathOf(name))}`]),
            ),
          ),
        begin: () =>
          codeInterpreterCall(async (code, shown, signal) => {
            const toolResult = await runCell({ project, apiKey, sandbox, code, files }, shown, signal)
            await files.readWritten()
            return toolResult
          }),
      }
    },
    replay: ({ details, toolResult, toolArguments }) => ({
      name: 'code_interpreter',
      arguments: toolArguments ?? JSON.stringify({ code: details.input }),
      result: toolResult ?? resultOf(details),
    }),
    pictures: ({ outputs }) =>
      outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : [])),
  }
}

const resultOf = ({ outputs }: CodeInterpreterDetails) =>
  outputs.map((output) => (output.type === 'logs' ? output.logs : '[picture]')).join('\n') || '(no output)'
