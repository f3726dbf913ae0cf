import type { NewItem, ReasoningItem } from '../contract/responses/items.ts'
import type { Output } from './output.ts'

/** A piece of reasoning that grows: its text, or a summary where the caller has asked for one. */
export interface GrowingReasoning {
  readonly record: NewItem
  append(text: string): void
  /** Shows that its text is complete. */
  close(): void
}

export function growReasoning(output: Output, record: NewItem): GrowingReasoning {
  const item = record.body.item as ReasoningItem
  const asSummary = output.run.request.reasoning.summary !== null
  const base = { item_id: item.id, output_index: record.output_index ?? 0 }
  const at = asSummary ? { ...base, summary_index: 0 } : { ...base, content_index: 0 }
  const name = asSummary ? ('response.reasoning_summary_text' as const) : ('response.reasoning_text' as const)
  const part = asSummary ? ('response.reasoning_summary_part' as const) : ('response.content_part' as const)
  const type = asSummary ? ('summary_text' as const) : ('reasoning_text' as const)
  let said = ''

  return {
    record,
    append(text) {
      if (text === '') return
      if (said === '') output.show(`${part}.added`, { ...at, part: { type, text: '' } })
      said += text
      output.show(`${name}.delta`, { ...at, delta: text }, item.id)
    },
    close() {
      if (said === '') return
      if (asSummary) item.summary = [{ type: 'summary_text', text: said }]
      else item.content = [{ type: 'reasoning_text', text: said }]
      output.show(`${name}.done`, { ...at, text: said })
      output.show(`${part}.done`, { ...at, part: { type, text: said } })
    },
  }
}
