/** The output of the first program about a table, which is one line of JSON. */
export interface Table {
  /** The path in the sandbox. */
  path: string
  rows: number
  columns: Column[]
}

export interface Column {
  name: string
  kind: 'number' | 'date' | 'text'
  /** The first of the different values in the column. */
  values: string[]
  different: number
}

/** Python functions that read a table and its numbers, for all programs below. */
const reading = `import csv, json, os, re, statistics
from datetime import datetime

def number(text):
    text = text.strip().strip('$€£%').replace(' ', '')
    if text.count(',') == 1 and '.' not in text and len(text.split(',')[1]) != 3:
        text = text.replace(',', '.')
    return float(text.replace(',', ''))

def is_number(text):
    try:
        number(text)
        return True
    except ValueError:
        return False

def date_format(cells):
    formats = '%Y-%m-%d|%Y/%m/%d|%d.%m.%Y|%m/%d/%Y|%d/%m/%Y|%b %d, %Y|%B %d, %Y|%d %b %Y|%d %B %Y|%Y-%m'
    return next((one for one in formats.split('|') if cells and all(day(cell, one) for cell in cells)), None)

def day(cell, form):
    try:
        return datetime.strptime(re.sub(r'[T ]\\d\\d?:\\d\\d.*', '', cell), form).strftime('%Y-%m-%d')
    except ValueError:
        return None

def read(path):
    with open(path, newline='', encoding='utf-8-sig', errors='replace') as file:
        try:
            dialect = csv.Sniffer().sniff(file.read(8192), ',;\\t|')
        except csv.Error:
            dialect = csv.excel
        file.seek(0)
        header, *rows = [row for row in csv.reader(file, dialect) if any(cell.strip() for cell in row)] or [[]]
    header = [name.strip() for name in header]
    return header, [(row + [''] * len(header))[:len(header)] for row in rows]
`

/** A program that describes the first of the files that exists: its columns and the kinds of their values. */
export const lookAt = (names: string[]) => `${reading}
folder = '/mnt/data/'
names = [name for name in ${JSON.stringify(names)} if os.path.exists(folder + name)]
names += [name for name in sorted(os.listdir(folder)) if name.endswith(('.csv', '.tsv'))]
path = folder + names[0]
header, rows = read(path)

def column(at):
    values = [row[at].strip() for row in rows if row[at].strip()]
    different = list(dict.fromkeys(values))
    kind = 'date' if date_format(different) else 'number' if values and all(map(is_number, values)) else 'text'
    return {'name': header[at], 'kind': kind, 'values': [value[:60] for value in different[:30]], 'different': len(different)}

print(json.dumps({'path': path, 'rows': len(rows), 'columns': [column(at) for at in range(min(len(header), 60))]}))
`

/** A part of a date. Rows of one period are counted or added up together. */
export type Period = 'year' | 'quarter' | 'month' | 'week' | 'day'

export interface TableQuery {
  path: string
  /** The column of the measure. When it is undefined, rows are counted. */
  value?: string | undefined
  measure: 'sum' | 'mean' | 'median' | 'max' | 'min' | 'stdev' | 'count'
  group?: string | undefined
  /** The part of the group's dates that is used. */
  period?: Period | undefined
  /** `month` and `year` compare the part of a date, such as `01` and `2024`. */
  filters: {
    column: string
    sign: '==' | '>' | '<' | '>=' | '<=' | 'month' | 'year'
    value: string | number
  }[]
}

const measured: Record<TableQuery['measure'], string> = {
  sum: 'sum(values)',
  mean: 'statistics.mean(values)',
  median: 'statistics.median(values)',
  max: 'max(values)',
  min: 'min(values)',
  stdev: 'statistics.stdev(values)',
  count: 'len(values)',
}

const parts: Record<string, string> = { month: '[5:7]', year: '[:4]' }

/** Python for a period of `day`, which is like 2024-01-31. */
const periods: Record<Period, string> = {
  year: 'day[:4]',
  quarter: "f'{day[:4]}-Q{(int(day[5:7]) + 2) // 3}'",
  month: 'day[:7]',
  week: "datetime.fromisoformat(day).strftime('%G-W%V')",
  day: 'day',
}

/** A program that reads the rows that fit, with `days`, the dates of each column of dates that is asked for. */
const rowsOf = ({ path, filters, group, period }: Rows) => {
  const dated = filters.filter(({ sign }) => sign in parts).map(({ column }) => column)
  if (group !== undefined && period) dated.push(group)
  return `${reading}
header, rows = read(${JSON.stringify(path)})
${dated.length > 0 ? daysOf([...new Set(dated)]) : ''}${filters
    .map(({ column, sign, value }) => {
      const cell = `row[header.index(${JSON.stringify(column)})]`
      const test =
        typeof value === 'number'
          ? `is_number(${cell}) and number(${cell}) ${sign} ${value}`
          : `${sign in parts ? `days[${JSON.stringify(column)}].get(${cell}.strip(), '')${parts[sign]}` : `${cell}.strip().lower()`} == ${JSON.stringify(value.toLowerCase())}`
      return `rows = [row for row in rows if ${test}]\n`
    })
    .join('')}`
}

type Rows = Pick<TableQuery, 'path' | 'filters' | 'group' | 'period'>

const daysOf = (columns: string[]) => `days = {}
for name in ${JSON.stringify(columns)}:
    cells = {row[header.index(name)].strip() for row in rows} - {''}
    form = date_format(cells)
    days[name] = {cell: day(cell, form) for cell in cells}
`

/**
 * A program that prints a measure of all rows or of each group. Each line has the name of the group, a tab and the
 * value.
 */
export const measure = (query: TableQuery) => `${rowsOf(query)}
def show(value):
    return str(int(value)) if value == int(value) else f'{value:.10g}'

${groupsOf(query)}
for name, values in groups.items():
    print(name, show(${measured[query.measure]}) if values else 'no rows', sep='\\t')
`

/** Python that sets `groups`: the values of each group, or the values of all rows under an empty name. */
export const groupsOf = ({ value, group, period }: TableQuery) => {
  const cell = value === undefined ? '1' : `number(row[header.index(${JSON.stringify(value)})])`
  const has = value === undefined ? '' : ` if is_number(row[header.index(${JSON.stringify(value)})])`
  if (group === undefined) return `groups = {'': [${cell} for row in rows${has}]}`
  const cellOfGroup = `row[header.index(${JSON.stringify(group)})].strip()`
  const name = period ? `period(${cellOfGroup})` : cellOfGroup
  const periodOf = `def period(cell):
    day = days[${JSON.stringify(group)}].get(cell)
    return ${periods[period ?? 'day']} if day else 'no date'

`
  return `${period ? periodOf : ''}groups = {}
for row in rows:
    groups.setdefault(${name}, [])${has ? `\n   ${has}:\n        groups[${name}].append(${cell})` : `.append(${cell})`}${period ? '\ngroups = dict(sorted(groups.items()))' : ''}`
}

/** Python that sets `labels` and `values` for a chart of a query. */
export const chartData = (query: TableQuery) => `${rowsOf(query)}
${groupsOf(query)}
labels = list(groups)[:50]
values = [${measured[query.measure]} for values in [groups[label] or [0] for label in labels]]
`

/** A program that prints rows. When `by` is set, they are sorted by that column. */
export const showRows = (
  query: Pick<TableQuery, 'path' | 'filters'>,
  { count, last, by, smallest }: { count: number; last: boolean; by?: string | undefined; smallest: boolean },
) => `${rowsOf(query)}
${by === undefined ? '' : `rows = sorted((row for row in rows if is_number(row[header.index(${JSON.stringify(by)})])), key=lambda row: number(row[header.index(${JSON.stringify(by)})])${smallest ? '' : ', reverse=True'})\n`}for row in [header, *rows[${last ? `-${count}:` : `:${count}`}]][:51]:
    print(*row, sep='\\t')
`

/** A program that prints an overview of every column. */
export const overview = ({
  path,
  filters,
}: Pick<TableQuery, 'path' | 'filters'>) => `${rowsOf({ path, filters })}
from collections import Counter

print(f'{os.path.basename(${JSON.stringify(path)})}: {len(rows)} rows, {len(header)} columns ({", ".join(header)})')
for at, name in enumerate(header):
    values = [row[at].strip() for row in rows if row[at].strip()]
    if values and all(map(is_number, values)):
        numbers = [number(value) for value in values]
        print(f'{name}: mean {statistics.mean(numbers):.6g}, median {statistics.median(numbers):.6g}, '
              f'from {min(numbers):.6g} to {max(numbers):.6g}, sum {sum(numbers):.6g}')
    else:
        common = ', '.join(f'{value} ({count})' for value, count in Counter(values).most_common(3))
        print(f'{name}: {len(set(values))} different values, most often {common}')
`
