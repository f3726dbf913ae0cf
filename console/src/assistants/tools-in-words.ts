import type { AssistantTool } from '../../../src/contract/tools.ts'

/** `Python, file search, get_weather`. */
export const toolsInWords = (tools: readonly AssistantTool[]): string =>
  tools
    .map((tool) => {
      if (tool.type === 'code_interpreter') return 'Python'
      if (tool.type === 'file_search') return 'file search'
      return tool.type === 'function' ? tool.function.name : (tool as { type: string }).type
    })
    .join(', ')
