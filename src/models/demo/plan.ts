import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'

/** What the demo does in one turn: says something, calls tools, or both. */
export interface Turn {
  text?: string
  calls?: { name: string; arguments: Record<string, unknown> }[]
}

export function plan(_call: LanguageModelV4CallOptions): Turn {
  return { text: 'I am the demo, a small planner and not a language model.' }
}
