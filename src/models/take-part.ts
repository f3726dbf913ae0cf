import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'

/**
 * Takes the parts of an answer as they come. A stage that changes them is made with the next one, and hands over what it
 * makes of a part before it returns: an answer has thousands of parts, and to wait between stages costs more than they do.
 */
export type TakePart = (part: LanguageModelV4StreamPart) => void
