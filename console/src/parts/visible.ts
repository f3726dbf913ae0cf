/** A text of which something can be seen. Undefined for one of blanks and characters without a shape, which names nothing. */
export const visible = (text: string | null | undefined): string | undefined =>
  text && /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? text : undefined
