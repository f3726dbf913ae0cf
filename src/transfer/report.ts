/** The kinds of objects that are carried over, by what their field `object` says, with their name in the report. */
export const kinds = {
  file: 'files',
  vector_store: 'vector_stores',
  'vector_store.file': 'vector_store_files',
  assistant: 'assistants',
  thread: 'threads',
  'thread.message': 'messages',
  'thread.run': 'runs',
  'thread.run.step': 'run_steps',
} as const
export type Kind = keyof typeof kinds
export const isKind = (object: string): object is Kind => Object.hasOwn(kinds, object)

export interface Counts {
  /** In what was read, each once. */
  found: number
  /** New here; in a trial: would be. */
  imported: number
  /** Here already, and left as they are. */
  unchanged: number
  /** Deleted here since, and left so. */
  deleted: number
  not_taken: number
}

/** What an import has done, as `--json` prints it. */
export interface Report {
  dry_run: boolean
  objects: Record<(typeof kinds)[Kind], Counts>
  /** Threads of which only messages or runs were given. */
  threads_made: number
  /** Files whose content was not given, or not as it was. */
  missing_contents: Problem[]
  /** Ids that are named by what was taken and lead to nothing here. */
  missing_references: Problem[]
  not_taken: Problem[]
  /** Parts that objects of a kind have lost, each once, with the first object and how many there were. */
  left_out: LeftOut[]
  /** Ids that were given with different contents; the copy that is over was taken, or else the one read last. */
  conflicts: { object: string; id: string }[]
  /** What is no JSON. */
  unreadable: { source: string; line?: number; reason: string }[]
  /** Sources with values that are JSON and have no object of the API: how many, and what the first of them is. */
  passed_over: { source: string; count: number; reason: string }[]
  /** Files that were given and not read, or not asked for by any object. */
  other_files: OtherFile[]
  /** Objects of kinds that are not carried over, by what they say they are. */
  ignored: Record<string, number>
  /** Models of the assistants in the files that nothing serves here, with how many assistants use each. */
  unserved_models: Record<string, number>
  /** How many entries the lists above would have more: each holds at most 1,000. */
  left_off: number
}

export interface Problem {
  object: string
  id: string
  reason: string
  filename?: string
  bytes?: number
}

export interface OtherFile {
  path: string
  reason: string
}

export interface LeftOut {
  object: Kind
  /** Where it stood: `tools[]` is one of a list. */
  field: string
  reason: string
  id: string
  count: number
}

/** The lists of a report stay small, whatever is wrong with a million objects. */
const maxListed = 1_000

export interface ReportBook {
  readonly report: Report
  count(kind: Kind, what: Exclude<keyof Counts, 'found'>): void
  notTaken(kind: Kind, id: string, reason: string): void
  note(list: 'missing_contents' | 'missing_references', problem: Problem): void
  leftOut(part: Omit<LeftOut, 'count'>): void
  conflict(object: string, id: string): void
  passedOver(source: string, reason: string): void
  otherFile(file: OtherFile): void
  unreadable(problem: Report['unreadable'][number]): void
}

export function openReport(dryRun: boolean): ReportBook {
  const none = (): Counts => ({ found: 0, imported: 0, unchanged: 0, deleted: 0, not_taken: 0 })
  const report: Report = {
    dry_run: dryRun,
    objects: Object.fromEntries(Object.values(kinds).map((name) => [name, none()])) as Report['objects'],
    threads_made: 0,
    missing_contents: [],
    missing_references: [],
    not_taken: [],
    left_out: [],
    conflicts: [],
    unreadable: [],
    passed_over: [],
    other_files: [],
    ignored: {},
    unserved_models: {},
    left_off: 0,
  }
  function list<T>(entries: T[], entry: T): void {
    if (entries.length < maxListed) entries.push(entry)
    else report.left_off++
  }
  const leftOut = new Map<string, LeftOut>()
  const count = (kind: Kind, what: keyof Counts) => void report.objects[kinds[kind]][what]++
  return {
    report,
    count,
    notTaken(kind, id, reason) {
      count(kind, 'not_taken')
      list(report.not_taken, { object: kind, id: id.slice(0, 200), reason })
    },
    note: (name, problem) => list(report[name], problem),
    leftOut(part) {
      const key = `${part.object} ${part.field}`
      const known = leftOut.get(key)
      if (known) known.count++
      else if (leftOut.size === maxListed) report.left_off++
      else {
        const first = { ...part, id: part.id.slice(0, 200), count: 1 }
        leftOut.set(key, first)
        report.left_out.push(first)
      }
    },
    conflict: (object, id) => list(report.conflicts, { object, id: id.slice(0, 200) }),
    passedOver(source, reason) {
      const last = report.passed_over.at(-1)
      if (last?.source === source) last.count++
      else list(report.passed_over, { source, count: 1, reason })
    },
    otherFile: (file) => list(report.other_files, file),
    unreadable: (problem) => list(report.unreadable, problem),
  }
}
