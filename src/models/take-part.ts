import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'

/**
 * Receives the parts of an answer while they arrive. A stage that changes parts is made with the next stage, and passes
 * its result on before it returns. An answer has thousands of parts, and waiting between the stages would cost more
 * than the stages themselves.
 */
export type TakePart = (part: LanguageModelV4StreamPart) => void
