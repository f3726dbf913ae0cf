import type { Item } from './items.ts'

/** An item before anything of it has arrived, as `response.output_item.added` shows it. */
export function opening(item: Item): Item {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] }
    case 'reasoning': {
      const { content: _content, encrypted_content: _sealed, ...rest } = item
      return { ...rest, summary: [] }
    }
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' }
    case 'custom_tool_call':
      return { ...item, status: 'in_progress', input: '' }
    case 'code_interpreter_call':
      return { ...item, status: 'in_progress', code: '', outputs: item.outputs && [] }
    case 'file_search_call':
      return { ...item, status: 'in_progress', queries: [], results: null }
    case 'mcp_call':
      return { ...item, status: 'in_progress', arguments: '', error: null, output: null }
    case 'mcp_list_tools': {
      const { error: _error, ...rest } = item
      return { ...rest, tools: [] }
    }
    case 'web_search_call':
      return { id: item.id, type: item.type, status: 'in_progress', action: { type: 'search' } }
    case 'computer_call':
      return {
        ...item,
        status: 'in_progress',
        ...(item.actions ? { actions: [] } : { action: null }),
        pending_safety_checks: [],
      }
    case 'image_generation_call':
      return { id: item.id, type: item.type, status: 'in_progress', result: null }
    case 'compaction':
      return { ...item, encrypted_content: '' }
    default:
      return item
  }
}
