import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import type { ReplayedCall } from '../tools/tool.ts'
import type { SentPart } from './sent-parts.ts'

/** The part of a conversation that fits into a prompt, oldest turn first. */
export interface Conversation {
  turns: ConversationTurn[]
  /**
   * The size in tokens of the newest message that the run has to answer. That message is included even when it does not
   * fit.
   */
  newestSize: number
  /**
   * The size in tokens of what the run itself has said and what its tools have returned. This is always included as
   * well.
   */
  ownSize: number
  /** What the turns were made from, in their order. */
  parts: SentPart[]
  /**
   * What was left out of the conversation, from after one message to before another, as the transcript numbers them.
   * Undefined when nothing was.
   */
  cut: { by: 'budget' | 'last_messages'; after: number; before: number } | undefined
  /** True when the last turn is the run's own and was cut off, so that the model has to continue it. */
  brokeOff: boolean
}

export type ConversationTurn =
  | { speaker: 'system'; text: string }
  | { speaker: 'user'; content: Content[] }
  | { speaker: 'model'; content: Content[] }
  | CallsTurn

/** Tool calls with their results, together with the model's reasoning before them and its text in the same turn. */
export interface CallsTurn {
  speaker: 'tools'
  reasoning: { text: string; metadata: ProviderMetadata }[]
  said: Content[]
  calls: (ReplayedCall & {
    id: string
    metadata: ProviderMetadata | undefined
    shows?: ShownByCall
  })[]
}

/** A picture that a call has given. */
export interface ShownByCall {
  /** Undefined once it is not shown any more. */
  picture: Picture | undefined
  /** The result of the call once many pictures came after this one. */
  old: string
  /** The output of the call where the model has the provider's own tool of that name. `url` may be a `data:` URL. */
  asOutput: (url: string) => object
}

export type Content = { type: 'text'; text: string } | Picture

export interface Picture {
  type: 'picture'
  source: { storedId: string } | { url: string }
  detail: 'auto' | 'low' | 'high'
  /** Of one that a model has generated: what is said in its place once many came after it. */
  generated?: string
}
