/**
 * Roughly how many tokens a text is, for models that do not count for themselves.
 * About four characters a token in English, fewer in scripts outside Latin-1.
 */
export function estimateTokens(text: string): number {
  if (text === '') return 0
  let wide = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) wide++
  return Math.max(1, Math.ceil((text.length - wide) / 4 + wide / 1.5))
}
