/**
 * A quick estimate of how many tokens a text is, which errs on the high side for prose: four bytes of UTF-8 a token
 * holds for English and, with three bytes to a character, comes near for Chinese and Japanese.
 */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4)
