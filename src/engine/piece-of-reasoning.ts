/**
 * What a block of reasoning is a part of. The AI SDK names the parts of a summary `rs_1:0` and `rs_1:1`, where the piece has
 * one name and one state at its provider.
 */
export const pieceOf = (id: string): string => id.replace(/:\d+$/, '')
