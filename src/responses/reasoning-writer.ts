import type { NewItem, ReasoningItem } from '../contract/responses/items.ts'
import type { Output } from './output.ts'

/** A piece of reasoning that grows: its text, or a summary where the caller has asked for one. */
export interface GrowingReasoning {
  readonly record: NewItem
  append(text: string): void
  /** Shows that this part is complete. What follows is another one. */
  divide(): void
  /** Shows that its text is complete. */
  close(): void
}

export function growReasoning(output: Output, record: NewItem): GrowingReasoning {
  const item = record.body.item as ReasoningItem
  const asSummary = output.run.request.reasoning.summary !== null
  const name = asSummary ? ('response.reasoning_summary_text' as const) : ('response.reasoning_text' as const)
  const part = asSummary ? ('response.reasoning_summary_part' as const) : ('response.content_part' as const)
  const type = asSummary ? ('summary_text' as const) : ('reasoning_text' as const)
  let index = 0
  let said = ''
  const at = () => ({
    item_id: item.id,
    output_index: record.output_index ?? 0,
    ...(asSummary ? { summary_index: index } : { content_index: index }),
  })

  function divide(): void {
    if (said === '') return
    if (asSummary) item.summary.push({ type: 'summary_text', text: said })
    else item.content = [...(item.content ?? []), { type: 'reasoning_text', text: said }]
    output.show(`${name}.done`, { ...at(), text: said })
    output.show(`${part}.done`, { ...at(), part: { type, text: said } })
    index++
    said = ''
  }

  return {
    record,
    append(text) {
      if (text === '') return
      if (said === '') output.show(`${part}.added`, { ...at(), part: { type, text: '' } })
      said += text
      output.show(`${name}.delta`, { ...at(), delta: text }, item.id)
    },
    divide,
    close: divide,
  }
}
