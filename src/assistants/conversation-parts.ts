import type { MessageRecord } from '../contract/messages.ts'
import type { CallsTurn, ConversationTurn } from '../engine/conversation.ts'
import type { SentPart } from '../engine/sent-parts.ts'
import { estimateTokens } from '../models/tokens.ts'

/** A message and the tool calls of its run that came before it. */
export interface Exchange {
  message: MessageRecord
  before: StepTurn[]
  /** True when the model said the message in the same turn as the last of these calls. */
  afterCalls: boolean
}

/** Items of the conversation that the model reads as one. */
export interface ItemTurn {
  turn: ConversationTurn
  /** In tokens. */
  size: number
  ids: string[]
}

export const isMessage = (one: Exchange | ItemTurn): one is Exchange => 'message' in one

/** The calls of one step. */
export interface StepTurn extends CallsTurn {
  /** The number of the step, or the id of one that belongs to the run itself. */
  step: number | string
}

/** About what a picture costs with common models. */
const imageTokens = 1_000
const perMessage = 4
const perAttachment = 60

/** How many tokens a model is sent for it, estimated. */
export const sizeOf = (one: Exchange | ItemTurn): number =>
  isMessage(one) ? sizeOfMessage(one.message) + sizeOfCalls(one.before) : one.size

function sizeOfMessage({ body }: MessageRecord): number {
  let tokens = perMessage + body.attachments.length * perAttachment
  for (const part of body.content) {
    if (part.type === 'text') tokens += estimateTokens(part.text.value)
    else if (part.type === 'refusal') tokens += estimateTokens(part.refusal)
    // Pictures of the assistant are only mentioned to the model.
    else tokens += body.role === 'assistant' ? perMessage : imageTokens
  }
  return tokens
}

/** Counts only what the model is sent. A step stores more than that. */
export const sizeOfCalls = (turns: StepTurn[]): number =>
  turns.reduce((sum, turn) => sizesOfCalls(turn).reduce((all, tokens) => all + tokens, sum), 0)

/** The size of the reasoning, and then of each call and its result. */
const sizesOfCalls = ({ reasoning, calls }: StepTurn): number[] => [
  reasoning.reduce((sum, { text }) => sum + estimateTokens(text), 0),
  ...calls.flatMap((call) => [perMessage + estimateTokens(call.arguments), estimateTokens(call.result)]),
]

/** The parts of a prompt that come from the thread, in order. `after` are the calls after the last message. */
export const partsOf = (all: (Exchange | ItemTurn)[], after: StepTurn[]): SentPart[] => [
  ...all.flatMap((one): SentPart[] =>
    isMessage(one)
      ? [...one.before.map(partOfCalls), partOfMessage(one.message)]
      : [['items', one.size, ...one.ids]],
  ),
  ...after.map(partOfCalls),
]

/** `readPart` reads it again. */
function partOfMessage(message: MessageRecord): SentPart {
  const { role, content, attachments } = message.body
  const images = role === 'user' ? content.filter(({ type }) => type.startsWith('image')).length : 0
  return ['message', sizeOfMessage(message), message.seq, role === 'user' ? 1 : 0, images, attachments.length]
}

function partOfCalls(turn: StepTurn): SentPart {
  const sizes = sizesOfCalls(turn)
  return ['calls', sizes.reduce((sum, tokens) => sum + tokens, 0), turn.step, ...sizes]
}
