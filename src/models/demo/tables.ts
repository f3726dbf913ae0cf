import { chartPrograms, chartTold, type ChartKind } from './chart-programs.ts'
import { chartKind } from './charts.ts'
import { best } from './column-names.ts'
import type { DoneCall } from './parse-conversation.ts'
import {
  chartData,
  lookAt,
  measure,
  overview,
  showRows,
  type TableQuery,
  type Table,
} from './table-programs.ts'
import { readWish, type Wish } from './table-question.ts'
import { said, type Task } from './task.ts'

/** A question about a table. A first program describes its columns, and the next program, which knows them, answers. */
export function tableTask(question: string, names: string[], done: DoneCall[]): Task {
  const look = lookAt(names)
  const seen = done.map(({ output }) => tableIn(output)).find((table) => table !== undefined)
  if (seen) return { ...withTable(question, seen), first: look }
  return {
    first: look,
    programs: [],
    about: names[0] ?? 'the table',
    answer: () => 'The table could not be read.',
  }
}

function tableIn(output: string): Table | undefined {
  const line = output.split('\n').find((one) => one.startsWith('{"path": '))
  try {
    return line === undefined ? undefined : (JSON.parse(line) as Table)
  } catch {
    return undefined
  }
}

const baseName = ({ path }: { path: string }) => path.split('/').at(-1) ?? path

const changes =
  /^\s*(?:please |can you |could you )*(?:delete|remove|drop|add|insert|update|change|edit|replace|rename|clean|fix|merge|lösche)\b/i

function withTable(question: string, table: Table): Task {
  if (table.columns.length === 0) return said(`${baseName(table)} is empty.`)
  if (changes.test(question)) return said('I only read tables, and do not change them.')
  const wish = readWish(question, table)
  const kind = chartKind(question)
  if (kind !== undefined) return chartOf(kind, { table, wish, question })
  switch (wish.kind) {
    case 'columns':
      return said(
        `${baseName(table)} has ${table.columns.length} columns: ${table.columns.map(({ name }) => name).join(', ')}.`,
      )
    case 'different': {
      const { name, different, values } = wish.column
      const more = different > values.length ? `, and ${different - values.length} more` : ''
      const list = `${values.join(', ')}${more}`
      return said(`${name} has ${different} different values: ${list}.`)
    }
    case 'rows':
      return {
        programs: [showRows({ path: table.path, filters: wish.filters }, wish)],
        about: 'the rows',
        rows: [],
        answer: asTable,
      }
    case 'measure':
      return measureTask(wish)
    default:
      return overviewOf(table, wish.kind === 'unclear')
  }
}

function overviewOf(table: Table, unclear: boolean): Task {
  const columns = table.columns.map(({ name }) => name).join(', ')
  const head = unclear
    ? `I could not read a question about the columns (${columns}) in this, so here is an overview. Ask for example for a total, an average or the highest value, "by" a column.`
    : 'This is what Python found:'
  const answer = (output: string) => `${head}\n\n${listed(linesOf(output))}`
  const programs = [overview({ path: table.path, filters: [] })]
  return { programs, isGuess: unclear, about: baseName(table), answer }
}

function measureTask({ query, pick, isGuess = false }: Extract<Wish, { kind: 'measure' }>): Task {
  const what = describe(query)
  const answer = (output: string) => {
    const found = linesOf(output).map((line) => line.split('\t') as [string, string])
    const sorted = pick
      ? found.toSorted((a, b) => (Number(b[1]) - Number(a[1])) * (pick.smallest ? -1 : 1))
      : found
    const [first] = sorted
    if (!first) return 'No row of the table fits.'
    if (query.group === undefined) {
      const [, value] = first
      return value === 'no rows' ? 'No row of the table fits.' : `${capital(what)} is ${value}.`
    }
    if (pick?.count === 1) {
      const rest = sorted.slice(1, 10).map(([name, value]) => `${name}: ${value}`)
      const others = rest.length > 0 ? ` The others are ${rest.join(', ')}.` : ''
      const named = what.replace(/^the /, '').replace(/^(total|average|median) of/, '$1')
      return `${first[0]} has the ${pick.smallest ? 'lowest' : 'highest'} ${named}: ${first[1]}.${others}`
    }
    const shown = sorted.slice(0, pick?.count ?? 40)
    const more = sorted.length > shown.length && !pick ? `\n\nand ${sorted.length - shown.length} more.` : ''
    return `${capital(what)} by ${query.period ? `${query.period} of ` : ''}${query.group}:\n\n${listed(shown.map(([name, value]) => `${name}: ${value}`))}${more}`
  }
  return { programs: [measure(query)], rows: [query.group ?? '', what], isGuess, about: what, answer }
}

function describe({ measure: how, value, filters }: TableQuery): string {
  const names = {
    sum: 'total of',
    mean: 'average of',
    median: 'median of',
    max: 'highest',
    min: 'lowest',
    stdev: 'standard deviation of',
    count: 'number of rows',
  }
  const where = filters.map(({ column, sign, value: limit }) => {
    if (sign === 'month' || sign === 'year') return `the ${sign} of ${column} is ${limit}`
    return `${column} ${sign === '==' ? 'is' : sign} ${limit}`
  })
  const of = how === 'count' || value === undefined ? 'the number of rows' : `the ${names[how]} ${value}`
  return `${of}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}`
}

function chartOf(
  kind: ChartKind,
  { table, wish, question }: { table: Table; wish: Wish; question: string },
): Task {
  const numbers = table.columns.filter((column) => column.kind === 'number')
  const label = table.columns.find((column) => column.kind !== 'number') ?? table.columns[0]
  const value = best(numbers, question) ?? numbers.find((column) => column !== label)
  const query: TableQuery =
    wish.kind === 'measure' && wish.query.group !== undefined
      ? wish.query
      : {
          path: table.path,
          filters: wish.kind === 'measure' ? wish.query.filters : [],
          measure: value ? 'sum' : 'count',
          group: label?.name,
          value: (wish.kind === 'measure' ? wish.query.value : undefined) ?? value?.name,
        }
  return {
    programs: chartPrograms(chartData(query), kind),
    about: `the ${kind} chart`,
    answer: () => chartTold(kind),
  }
}

const linesOf = (output: string) =>
  output.split('\n').filter((line) => line.trim() && !line.startsWith('Files written'))
const listed = (lines: string[]) => lines.map((line) => `- ${line.trim()}`).join('\n')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function asTable(output: string): string {
  const [header = '', ...rows] = linesOf(output)
  if (rows.length === 0) return 'No row of the table fits.'
  const line = (row: string) =>
    `| ${row
      .split('\t')
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`
  return [line(header), `|${' --- |'.repeat(header.split('\t').length)}`, ...rows.map(line)].join('\n')
}
