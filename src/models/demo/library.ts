import type { DemoConversation } from './parse-conversation.ts'

const overview =
  /\b(?:what|which|list|show|name|how many)\b.*\b(?:files|documents|docs|pdfs|sources)\b.*|\bhow many (?:files|documents|docs)\b|\bwelche dateien\b|\bwie ?viele dateien\b|\bquels fichiers\b|\bqué archivos\b/i
const about =
  /\b(?:mention|mentions|about|contain|contains|say|says|describe|describes|talk|discuss|explain)\b/i
const summary =
  /\b(?:summari[sz]e|summary|overview|tl;?dr|main (?:points?|topics?|ideas?)|gist|outline|key points|recap|zusammenfassung|fasse|worum geht|résume[rz]?|résumé|resume|resumen|resumir)\b|\bwhat(?:['’]?s| is| are| does| do)? (?:the |this |my |these |those |it )*(?:file|document|doc|pdf|text|upload|handbook|report)?s? ?(?:all )?(?:about|say|contain)\b|\bwhat is (?:it|this) (?:all )?about\b|\bwhat(?:['’]?s| is) (?:in|inside) (?:the|this|my|these) (?:file|document|doc|pdf|upload)s?\b|\bdescribe (?:the|this) (?:file|document)/i

/** Answers questions about the number and the names of the files, for which no search is necessary. */
export function tellLibrary(question: string, { library }: DemoConversation): string | undefined {
  if (!overview.test(question) || about.test(question) || summary.test(question)) return undefined
  const { count, names } = library
  if (count === 0) return undefined
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  return `I can search ${count === 1 ? 'one file' : `${count} files`}: ${names.join(', ')}${more}.`
}

export const asksForSummary = (question: string) => summary.test(question)

/**
 * The queries for file search. They are the question itself, or for a summary the names of the files and words that are
 * typical of introductions.
 */
export function queriesFor(question: string, { library }: DemoConversation): string[] {
  if (!asksForSummary(question)) return [question]
  const lower = question.toLowerCase()
  const named = library.names.filter(
    (name) => lower.includes(name.toLowerCase()) || lower.includes(stem(name)),
  )
  const topics = (named.length > 0 ? named : library.names).slice(0, 4)
  return [
    ...topics.map((name) => stem(name).replaceAll(/[_-]+/g, ' ')),
    'introduction overview summary purpose',
  ].slice(0, 5)
}

/** The files that a question names, or all of them. */
export function namesIn(question: string, names: string[]): string[] {
  const lower = question.toLowerCase()
  const named = names.filter((name) => lower.includes(name.toLowerCase()) || lower.includes(stem(name)))
  return named.length > 0 ? named : names
}

const stem = (name: string) => name.toLowerCase().replace(/\.\w{1,5}$/, '')
