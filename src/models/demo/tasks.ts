import { arithmeticTask } from './arithmetic.ts'
import { chartKind, chartTask, plotTask } from './charts.ts'
import type { DemoConversation, DoneCall } from './parse-conversation.ts'
import { dateTask } from './dates.ts'
import { equationTask } from './equations.ts'
import { codeTask, readTask, workbookTask, writeTask } from './files.ts'
import { fileWish, saving } from './saving.ts'
import { isBeyond } from './say.ts'
import { statisticsTask } from './statistics.ts'
import { tableTask } from './tables.ts'
import type { Task } from './task.ts'
import { unitTask } from './units.ts'
import { wholeNumberTask } from './whole-numbers.ts'

const isTable = (name: string) => /\.(csv|tsv)$/i.test(name)
const speaksOfTable =
  /\b(rows?|columns?|csv|tsv|table|data|dataset|file|sheet|average|mean|median|min|max|minimum|maximum|cheapest|correlation|trend|analy[sz]e|number of|total|sum|by|per|highest|lowest|most|least|top|which|how many|count|list|show|unique|distinct|different|filter|where|höchste\w*|niedrigste\w*|größte\w*|kleinste\w*|durchschnitt\w*|summe|gesamt\w*|welche[rs]?|wie ?viele|moyenne|somme|combien|promedio|suma|zeilen|spalten|tabelle|datei|lignes|colonnes|fichier|filas|archivo|tabla)\b/i

/** The task of the code interpreter for a question. Undefined when there is nothing for it to do. */
export function taskFor(conversation: DemoConversation): Task | undefined {
  const task = answeringTask(conversation)
  return (
    task && saving(task, fileWish(conversation.question, [...conversation.files, ...conversation.attached]))
  )
}

function answeringTask(conversation: DemoConversation): Task | undefined {
  const { question, done } = conversation
  const names = filesFor(conversation)
  const tables = names.filter(isTable)
  const own =
    codeTask(question) ??
    workbookTask(question) ??
    writeTask(question) ??
    plotTask(question) ??
    chartTask(question, tables.length > 0)
  if (own) return own
  const runs: DoneCall[] = done.filter(({ name }) => name === 'code_interpreter')
  if (tables.length > 0 && chartKind(question)) return tableTask(question, tables, runs)
  const calculation =
    tables.length > 0 && /\bcsv|\btable|\brows?\b|\bcolumn|\bfile\b/i.test(question)
      ? undefined
      : calculationFor(question)
  if (calculation) return calculation
  if (tables.length > 0 && (speaksOfTable.test(question) || !isBeyond(question)))
    return tableTask(question, tables, runs)
  return readTask(
    question,
    names.filter((name) => !isTable(name)),
  )
}

/** A calculation that needs no file. */
export const calculationFor = (question: string): Task | undefined =>
  dateTask(question) ??
  unitTask(question) ??
  equationTask(question) ??
  wholeNumberTask(question) ??
  statisticsTask(question) ??
  arithmeticTask(question)

/**
 * The names of the files in order of preference: first those that the question names, then those that are attached to
 * the message, then the others from the newest to the oldest.
 */
function filesFor({ question, attached, files }: DemoConversation): string[] {
  const lower = question.toLowerCase()
  const named = files.filter((name) => lower.includes(name.toLowerCase()))
  const [, written] = /([\w-]+\.(?:csv|tsv))\b/i.exec(question) ?? []
  const here = attached.filter((name) => files.length === 0 || files.includes(name))
  return [...new Set([...named, ...(written ? [written] : []), ...here.toReversed(), ...files.toReversed()])]
}
