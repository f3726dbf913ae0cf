/** The kinds of objects that can be imported, by their field `object`, with their names in the report. */
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
  /** The number of different objects in the input. */
  found: number
  /** The number of new objects. In a dry run: that would be imported. */
  imported: number
  /** The number of objects that existed already, and were not changed. */
  unchanged: number
  /** The number of objects that were deleted here earlier, and stay deleted. */
  deleted: number
  not_taken: number
}

/** The result of an import, as `--json` prints it. */
export interface Report {
  dry_run: boolean
  objects: Record<(typeof kinds)[Kind], Counts>
  /** Threads that were created because only their messages or runs were in the input. */
  threads_made: number
  /** Files whose content was not given, had another size, or was not the only one of that name. */
  missing_contents: Problem[]
  /** References of imported objects to objects that do not exist here. */
  missing_references: Problem[]
  not_taken: Problem[]
  /**
   * Parts of objects that were left out. Each kind of part has one entry, with the first object and the number of
   * objects.
   */
  left_out: LeftOut[]
  /** Parts of the API's first version that have another form in this one, listed like `left_out`. */
  translated: Translated[]
  /** Ids that occur with different contents. The copy that has ended is imported, or else the last one. */
  conflicts: { object: string; id: string }[]
  /** Parts of the input that are not valid JSON. */
  unreadable: { source: string; line?: number; reason: string }[]
  /** Sources with valid JSON values that contain no object of the API: how many, and what the first one is. */
  passed_over: { source: string; count: number; reason: string }[]
  /** Given files that were not read, or whose content no object asked for. */
  other_files: OtherFile[]
  /** The number of objects of kinds that cannot be imported, by their field `object`. */
  ignored: Record<string, number>
  /** Models that the imported assistants use and no provider serves, with the number of assistants. */
  unserved_models: Record<string, number>
  /** The number of entries that are missing in the lists above, because each holds at most 1,000. */
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
  /** The path of the part. `tools[]` is an element of a list. */
  field: string
  reason: string
  id: string
  count: number
}

export interface Translated extends Omit<LeftOut, 'reason'> {
  /** What takes its place. */
  became: string
}

/** Limits the lists of a report, because a million objects may all have a problem. */
const maxListed = 1_000

export interface ReportBook {
  readonly report: Report
  count(kind: Kind, what: Exclude<keyof Counts, 'found'>): void
  notTaken(kind: Kind, id: string, reason: string): void
  note(list: 'missing_contents' | 'missing_references', problem: Problem): void
  leftOut(part: Omit<LeftOut, 'count'>): void
  translated(part: Omit<Translated, 'count'>): void
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
    translated: [],
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
  /** Lists a part once for each kind. */
  function kindOfPart<Part extends { object: Kind; field: string; id: string; count: number }>(
    entries: Part[],
  ) {
    const known = new Map<string, Part>()
    return (part: Omit<Part, 'count'>, more = ''): void => {
      const key = `${part.object} ${part.field} ${more}`
      const first = known.get(key)
      if (first) first.count++
      else if (known.size === maxListed) report.left_off++
      else {
        const entry = { ...part, id: part.id.slice(0, 200), count: 1 } as Part
        known.set(key, entry)
        entries.push(entry)
      }
    }
  }
  const leftOut = kindOfPart(report.left_out)
  const translated = kindOfPart(report.translated)
  const count = (kind: Kind, what: keyof Counts) => void report.objects[kinds[kind]][what]++
  return {
    report,
    count,
    notTaken(kind, id, reason) {
      count(kind, 'not_taken')
      list(report.not_taken, { object: kind, id: id.slice(0, 200), reason })
    },
    note: (name, problem) => list(report[name], problem),
    leftOut: (part) => leftOut(part),
    translated: (part) => translated(part, part.became),
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
