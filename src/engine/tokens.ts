/**
 * A quick estimate that errs on the high side for prose: four bytes of UTF-8 a token holds for English and, with
 * three bytes to a character, comes near for Chinese and Japanese. It cuts history; usage comes from the provider.
 */
export const estimateTokens = (text: string) => Math.ceil(Buffer.byteLength(text) / 4) + 1
