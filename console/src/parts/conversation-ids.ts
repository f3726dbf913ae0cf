/** A conversation is a thread under another prefix. */
export const conversationOf = (threadId: string): string => threadId.replace(/^thread_/, 'conv_')
export const threadOf = (conversationId: string): string => conversationId.replace(/^conv_/, 'thread_')
