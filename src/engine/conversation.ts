import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import type { ReplayedCall } from '../tools/tool.ts'

/** What fits of a conversation, oldest first. */
export interface Conversation {
  turns: ConversationTurn[]
  /** Of the newest thing that the run was asked, in tokens: it is there even where it does not fit. */
  newestSize: number
  /** Of what the run itself has said and been told, in tokens: that is there as well. */
  ownSize: number
  /** The last turn is the run's own and broke off: the model is to go on from there. */
  brokeOff: boolean
}

export type ConversationTurn =
  | { speaker: 'user'; content: Content[] }
  | { speaker: 'model'; content: Content[] }
  | CallsTurn

/** Calls with their results, and what the model thought before them and said with them. */
export interface CallsTurn {
  speaker: 'tools'
  reasoning: { text: string; metadata: ProviderMetadata }[]
  said: Content[]
  calls: (ReplayedCall & { id: string; metadata: ProviderMetadata | undefined })[]
}

export type Content = { type: 'text'; text: string } | Picture

export interface Picture {
  type: 'picture'
  source: { storedId: string } | { url: string }
  detail: 'auto' | 'low' | 'high'
}
