import { best } from './column-names.ts'
import type { Column, TableQuery } from './table-programs.ts'

/**
 * The filters of a question: values of a column, as in "in Paris", and comparisons with a number, as in
 * "amount over 100".
 */
export function filtersIn(question: string, columns: Column[]): TableQuery['filters'] {
  const found: TableQuery['filters'] = []
  for (const { name, kind, values } of columns.filter((column) => column.kind === 'text')) {
    const value = values
      .toSorted((a, b) => b.length - a.length)
      .find((one) => one.length > 1 && saying(one).test(question))
    if (kind === 'text' && value !== undefined) found.push({ column: name, sign: '==', value })
  }
  const date = columns.find(({ kind }) => kind === 'date')
  const month =
    date && new RegExp(`\\b(?:in|during|of|im|en)\\s+(${months.join('|')})`, 'i').exec(question)?.[1]
  if (date && month)
    found.push({
      column: date.name,
      sign: 'month',
      value: String(months.findIndex((name) => name.startsWith(month.toLowerCase())) + 1).padStart(2, '0'),
    })
  const year = date && /\b(?:in|during|of|im|en)\s+(?:\p{L}+\s+)?((?:19|20)\d{2})\b/iu.exec(question)?.[1]
  if (date && year) found.push({ column: date.name, sign: 'year', value: year })
  const compared =
    /(\p{L}[\p{L}_ ]*?)\s*(?:is |are |was |of |with )*(>=|<=|>|<|more than|greater than|larger than|bigger than|higher than|over|above|exceed(?:s|ing)?|at least|less than|smaller than|lower than|under|below|at most)\s*[$€]?(\d+(?:\.\d+)?)/iu.exec(
      question,
    )
  const column =
    compared &&
    best(
      columns.filter(({ kind }) => kind === 'number'),
      compared[1] ?? '',
    )
  const only = columns.filter(({ kind, name }) => kind === 'number' && !/(^|_|\b)id$/i.test(name))
  const target = column ?? (compared && only.length === 1 ? only[0] : undefined)
  if (compared && target)
    found.push({ column: target.name, sign: signOf(compared[2] ?? '>'), value: Number(compared[3]) })
  return found
}

const months = 'january february march april may june july august september october november december'.split(
  ' ',
)

function signOf(words: string): TableQuery['filters'][number]['sign'] {
  if (words === '>=' || /at least/i.test(words)) return '>='
  if (words === '<=' || /at most/i.test(words)) return '<='
  return words === '<' || /less|smaller|lower|under|below/i.test(words) ? '<' : '>'
}

/** The question without the values of its filters, so that they are not read as names of columns. */
export const withoutFilters = (question: string, filters: TableQuery['filters']) =>
  filters.reduce(
    (text, { value }) => (typeof value === 'string' ? text.replace(saying(value), ' ') : text),
    question,
  )

/** A value in a question, also in the plural. */
const saying = (value: string) => new RegExp(`(?<![\\p{L}\\d])${escape(value)}(?:e?s)?(?![\\p{L}\\d])`, 'iu')

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
