import { best, named } from './column-names.ts'
import { filtersIn, withoutFilters } from './table-filters.ts'
import { askedPeriod, groupingPeriod, periodColumn } from './table-periods.ts'
import type { Column, Period, TableQuery, Table } from './table-programs.ts'

/** The result that a question about a table asks for. */
export type Wish =
  | { kind: 'columns' | 'overview' | 'unclear' }
  | { kind: 'different'; column: Column; count: boolean }
  | {
      kind: 'rows'
      count: number
      last: boolean
      by?: string
      smallest: boolean
      filters: TableQuery['filters']
    }
  | {
      kind: 'measure'
      query: TableQuery
      pick?: { smallest: boolean; count: number }
      /** True when all rows are counted although the question speaks neither of rows nor of a column. */
      isGuess?: boolean
    }

const measures: [RegExp, TableQuery['measure']][] = [
  [/\b(standard deviation|stdev|stddev|std)\b/i, 'stdev'],
  [/\b(average|mean|avg)\b|durchschnitt|mittelwert|(?<!\p{L})(moyenne?s?|promedio|media)(?!\p{L})/iu, 'mean'],
  [/\bmedian\b|médiane|mediana/i, 'median'],
  [/\b(total|sum|add up|altogether|overall|in all|combined)\b|summe|gesamt|somme|suma\b/i, 'sum'],
]
const most =
  /\b(highest|most|largest|biggest|max|maximum|best|top|greatest|expensive|longest|oldest|höchste[nrs]?|meisten|größte[nrs]?|plus|más|mayor)\b/i
const least =
  /\b(lowest|least|smallest|min|minimum|worst|bottom|cheapest|fewest|shortest|youngest|niedrigste[nrs]?|kleinste[nrs]?|wenigsten|moins|menos|menor)\b/i
const grouping =
  /\b(?:by|per|for each|for every|in each|of each|grouped by|group by|across|versus|vs\.?|over|nach|pro|je|par|por)\s+(?:the |each |every )?(.+)/i

/** The parts of a question, which are found independently before its kind is decided. */
interface Parts {
  /** The question without the values of its filters. */
  text: string
  table: Table
  others: Column[]
  filters: TableQuery['filters']
  by: { group?: string; period?: Period | undefined }
  /** The period that it asks for, as in "which year". */
  asked: Parts['by'] | undefined
  measure: TableQuery['measure'] | undefined
  value: Column | undefined
  extreme: 'min' | 'max' | undefined
  /** 0 when the question contains no number. */
  count: number
}

/** Reads a question about a table whose columns are known. */
export function readWish(question: string, table: Table): Wish {
  const parts = partsOf(question, table)
  const { text, filters } = parts
  if (least.test(text) && most.test(text)) return { kind: 'overview' }
  if (isBeyond(parts)) return { kind: 'unclear' }
  const found = columnsWish(parts) ?? rowsWish(parts) ?? measureWish(parts)
  if (found) return found
  if (filters.length > 0) return { kind: 'rows', count: 10, last: false, smallest: false, filters }
  return { kind: overall.test(text) ? 'overview' : 'unclear' }
}

/** Whether it asks for more than one group, for different values or an average of counts in each, or for unknown periods. */
function isBeyond({ text, table, by, measure, value }: Parts): boolean {
  if (by.group === undefined) return groupingPeriod(text) !== undefined
  const [, second = ''] =
    /\b(?:and|und|et|y)\s+(?:by |per )?(\p{L}+)/iu.exec(grouping.exec(text)?.[1] ?? '') ?? []
  if (groupingPeriod(`by ${second}`) || table.columns.some((column) => named(column, second) >= 2))
    return true
  if (manyDifferent.test(text)) return true
  return (
    measure === 'mean' && counting.test(text) && !(value && named(value, text.replace(grouping, '')) >= 2)
  )
}

const overall =
  /\b(analy[sz]e|summari[sz]e|summary|describe|overview|statistics|stats|explore|inspect|insights?|about|contains?|inside|what(?:'s| is) in|zusammen|fasse|résume[rz]?|resume|resumen?|resumir|analysiere|analizar?|look)\b/i

function partsOf(question: string, table: Table): Parts {
  const { columns } = table
  const others = columns.filter(({ kind }) => kind !== 'number')
  const filters = filtersIn(question, columns)
  const text = withoutFilters(question, filters)
  const by = groupIn(text, columns, others)
  const period = askedPeriod(text)
  const asked = period && periodColumn(period, { text, columns })
  const values = columns.filter(
    ({ kind, name }) => kind === 'number' && name !== by.group && name !== asked?.name,
  )
  const [, measure] = measures.find(([pattern]) => pattern.test(text)) ?? []
  const said = /\b(?:top|bottom|first|last|erste[nr]?|premi[eè]re?s|primer[ao]s)\s+(\d{1,2})\b/i.exec(
    text,
  )?.[1]
  return {
    text,
    table,
    others,
    filters,
    by,
    asked: asked && { group: asked.name, period: asked.cut ? period : undefined },
    measure,
    value: best(values, text.replace(grouping, '')) ?? best(values, text),
    extreme: least.test(text) ? 'min' : most.test(text) ? 'max' : undefined,
    count: Number(said ?? 0),
  }
}

const manyDifferent =
  /\b(how many|number of|count|list|what|which|show)\b.*\b(different|distinct|unique)\b|\b(unique|distinct|different) \w+/i

function columnsWish({ text, table, measure }: Parts): Wish | undefined {
  if (/\b(columns?|fields?|headers?|spalten|colonnes|columnas)\b/i.test(text) && !measure)
    return { kind: 'columns' }
  const column = manyDifferent.test(text) ? best(table.columns, text) : undefined
  return column && { kind: 'different', column, count: /\b(how many|number of|count)\b/i.test(text) }
}

const showing =
  /^\s*(?:please |can you |could you )*(?:show|display|print|preview|open|read)\b(?!.*\b(?:average|total|sum)\b)/i

function rowsWish({ text, filters, by, measure, value, extreme, count }: Parts): Wish | undefined {
  const named = /\b(rows?|lines?|records?|entries|zeilen|lignes|filas)\b/i.test(text)
  if (named && !measure && !counting.test(text))
    return { kind: 'rows', count: count || 5, last: /\blast\b/i.test(text), smallest: false, filters }
  if (showing.test(text) && !by.group && !extreme)
    return { kind: 'rows', count: count || 5, last: false, smallest: false, filters }
  if (!value || !/\bsort|\brank|\border(?:ed)? by\b/i.test(text)) return undefined
  const smallest = !/\bdesc|highest first|largest first/i.test(text)
  return { kind: 'rows', count: count || 20, last: false, by: value.name, smallest, filters }
}

function measureWish(parts: Parts): Wish | undefined {
  const { text, table, others, filters, by, asked, measure, value, extreme, count } = parts
  const base: TableQuery = {
    path: table.path,
    measure: measure ?? (value && !addsUp(value) ? 'mean' : 'sum'),
    filters,
    group: by.group,
    period: by.period,
    value: value?.name,
  }
  if (by.group !== undefined) return groupsWish(parts, base)
  if (extreme && (asksForGroup(text) || (best(others, text) && (!value || named(value, text) < 2))))
    return extremeOf({ text, base, others, table, period: asked, extreme, count, measure, value })
  if (value && (measure || extreme))
    return { kind: 'measure', query: { ...base, measure: measure ?? extreme ?? 'sum' } }
  if (counting.test(text)) return periodsWish(parts, base) ?? countOf(text, base, value, others, filters)
  const asks = value && filters.length > 0 && /\b(what|how much|total)\b|\?/i.test(text)
  return asks ? { kind: 'measure', query: base } : undefined
}

/** Reads "How many years?", of which the rows of each year are an answer. */
function periodsWish({ text, asked, value }: Parts, base: TableQuery): Wish | undefined {
  if (!asked || (value && named(value, text) >= 2)) return undefined
  return { kind: 'measure', query: { ...base, measure: 'count', value: undefined, ...asked } }
}

function groupsWish({ text, measure, value, extreme, count }: Parts, base: TableQuery): Wish {
  const counted = counting.test(text) && !measure && value && named(value, text.replace(grouping, '')) < 2
  const query: TableQuery = !value || counted ? { ...base, measure: 'count', value: undefined } : base
  if (!extreme) return { kind: 'measure', query }
  return measure === undefined && !asksForGroup(text) && value
    ? { kind: 'measure', query: { ...query, measure: extreme } }
    : { kind: 'measure', query, pick: { smallest: extreme === 'min', count: count || 1 } }
}

/** Whether a sum of the column's values is meaningful. It is not for prices, ages or scores. */
const addsUp = ({ name }: Column) =>
  !/price|rate|rating|score|age$|^age|temperature|percent|ratio|grade|salary|preis|height|weight|speed|year/i.test(
    name,
  )

const counting = /\b(how many|number of|count|wie ?viele|anzahl|combien d|nombre d|cuánt[ao]s)/i
const asksForGroup = (text: string) =>
  /\b(which|who|whose|top|bottom|best|worst|what (?:\w+ )?(?:has|had|is the (?:most|best|top|worst|cheapest)|sold|made)|welche[rs]?|wer|quel(?:le)?|qui|qué|quién|cuál)\b/i.test(
    text,
  )

/**
 * Reads questions such as "Which region has the highest total?". When the values of the column repeat, the result is a
 * group of rows, otherwise a single row.
 */
function extremeOf(on: {
  text: string
  base: TableQuery
  others: Column[]
  table: Table
  period: Parts['asked']
  extreme: 'min' | 'max'
  count: number
  measure: TableQuery['measure'] | undefined
  value: Column | undefined
}): Wish {
  const { text, base, others, table, period, extreme, count, measure, value } = on
  const smallest = extreme === 'min'
  const asked =
    /\b(?:which|what|whose|top \d*|bottom \d*|best|worst|welche[rs]?|quel(?:le)?|qué|cuál)\s+(\w+)/i.exec(
      text,
    )?.[1] ?? ''
  const group =
    table.columns.find(({ name }) => name === period?.group) ??
    best(others, asked) ??
    (/\b(who|wer|qui|quién)\b/i.test(text) ? best(others, 'who name') : undefined) ??
    best(others, text) ??
    others[0]
  const numbers = table.columns.filter(({ kind, name }) => kind === 'number' && !/(^|_|\b)id$/i.test(name))
  const column = value ?? best(numbers, 'amount price score') ?? numbers[0]
  const repeats = group && (group.different < table.rows || period?.period)
  const single = measure === undefined && column && !addsUp(column)
  if (group && (repeats || measure) && !single && !/\b(cheapest|expensive)\b/i.test(text))
    return {
      kind: 'measure',
      query: {
        ...base,
        group: group.name,
        period: period?.period,
        measure: column ? base.measure : 'count',
        value: column?.name,
      },
      pick: { smallest, count: count || 1 },
    }
  if (!column) return { kind: 'unclear' }
  return { kind: 'rows', count: count || 1, last: false, by: column.name, smallest, filters: base.filters }
}

function countOf(
  text: string,
  base: TableQuery,
  value: Column | undefined,
  others: Column[],
  filters: TableQuery['filters'],
): Wish {
  const limited = filters.some(({ column: name }) => name === value?.name)
  if (value && named(value, text) >= 2 && !limited) return { kind: 'measure', query: base }
  const column = best(
    others,
    /(?:how many|number of|wie ?viele|combien de|cuánt[ao]s)\s+(.+)/i.exec(text)?.[1] ?? text,
  )
  if (
    column &&
    filters.length === 0 &&
    named(column, text) >= 1 &&
    !/\b(rows|lines|records|entries|zeilen|lignes|filas)\b/i.test(text)
  )
    return { kind: 'different', column, count: true }
  const isGuess = !value && !column && filters.length === 0 && !records.test(text)
  return { kind: 'measure', query: { ...base, measure: 'count', value: undefined }, isGuess }
}

const records =
  /\b(rows?|lines?|records?|entries|zeilen|lignes|filas|table|csv|data|dataset|sheet|tabelle|tabla)\b/i

function groupIn(text: string, columns: Column[], others: Column[]): Parts['by'] {
  const period = groupingPeriod(text)
  const dated = period && periodColumn(period, { text, columns })
  if (dated) return { group: dated.name, period: dated.cut ? period : undefined }
  if (period) return {}
  const said = grouping.exec(text)?.[1]
  if (said === undefined) return {}
  const near = said.split(/\s+/).slice(0, 3).join(' ')
  const exact = best(
    others.filter((column) => named(column, near) >= 2),
    near,
  )
  const number = columns.find((one) => one.kind === 'number' && named(one, near) >= 2)
  // In "Top 3 by amount" and "sort by amount", the words after "by" name the order and not a group.
  if (
    !exact &&
    number &&
    /\b(top|bottom|sort|sorted|rank|ranked|order|ordered|highest|lowest|best|worst|most|least)\b/i.test(text)
  )
    return {}
  const column = exact ?? best(others, near) ?? number
  return column ? { group: column.name } : {}
}
