import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/**
 * One set of SQL over one small interface, so that a second database is a second implementation of this file.
 * Parameters are `?` and positional; JSON is text, times are integers.
 */
export interface Reader {
  get<Row>(sql: string, ...values: SQLInputValue[]): Promise<Row | undefined>
  all<Row>(sql: string, ...values: SQLInputValue[]): Promise<Row[]>
}

export interface Transaction extends Reader {
  /** How many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): Promise<number>
  /** Runs once the transaction is on disk, and never when it was rolled back. */
  afterCommit(effect: () => void): void
}

export interface Database extends Reader {
  /**
   * All or nothing, and on disk when the promise resolves. The body awaits nothing but this transaction:
   * every other writer waits for it.
   */
  write<T>(body: (tx: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

interface Pending {
  body: (tx: Transaction) => Promise<unknown>
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/**
 * SQLite in WAL mode with `synchronous=FULL`: a commit is one fsync. Transactions that arrive in one turn of the
 * event loop share a commit (each in its own savepoint), which is what keeps durable writes quick with many clients.
 * Reads outside a transaction use a second connection and so never see what is not committed.
 */
export function openDatabase(file: string): Database {
  const writer = connect(file)
  writer.exec('pragma journal_mode = wal')
  const reader = connect(file)
  const tx = statements(writer)
  const outside = statements(reader)
  const control = {
    begin: writer.prepare('begin immediate'),
    commit: writer.prepare('commit'),
    savepoint: writer.prepare('savepoint body'),
    release: writer.prepare('release body'),
    undo: writer.prepare('rollback to body'),
  }
  // Every commit empties the other connection's cache, so it reads only while a transaction is open on this one.
  const committed = () => (writer.isTransaction ? outside : tx)
  let queue: Pending[] = []
  let scheduled: Promise<void> | undefined

  async function commitTogether(): Promise<void> {
    await new Promise((turn) => setImmediate(turn))
    const group = queue
    queue = []
    const effects: (() => void)[] = []
    const settled: (() => void)[] = []
    try {
      control.begin.run()
      for (const one of group) settled.push(await attempt(one, effects))
      control.commit.run()
    } catch (error) {
      if (writer.isTransaction) writer.exec('rollback')
      for (const one of group) one.reject(error)
      return
    }
    for (const effect of effects) effect()
    for (const settle of settled) settle()
  }

  /** One body in its own savepoint: its failure undoes only itself. */
  async function attempt(one: Pending, effects: (() => void)[]): Promise<() => void> {
    const own: (() => void)[] = []
    control.savepoint.run()
    try {
      const value = await one.body({ ...tx, afterCommit: (effect) => own.push(effect) })
      control.release.run()
      effects.push(...own)
      return () => one.resolve(value)
    } catch (error) {
      control.undo.run()
      control.release.run()
      return () => one.reject(error)
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) await commitTogether()
    scheduled = undefined
  }

  return {
    get: (sql, ...values) => committed().get(sql, ...values),
    all: (sql, ...values) => committed().all(sql, ...values),
    write: <T>(body: (tx: Transaction) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ body, resolve: resolve as (value: unknown) => void, reject })
        scheduled ??= drain()
      }),
    async close() {
      await scheduled
      reader.close()
      writer.close()
    },
  }
}

function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  // 16 MB of cache; a checkpoint every 32 MB of log, since each of them waits for the disk twice.
  database.exec(`pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;
    pragma cache_size = -16384; pragma wal_autocheckpoint = 8000`)
  return database
}

/** Preparing costs five times a cached statement, and the set of statements is fixed. */
function statements(database: DatabaseSync) {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    let statement = prepared.get(sql)
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)))
    return statement
  }
  return {
    get: async <Row>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).get(...values) as Row | undefined,
    all: async <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[],
    run: async (sql: string, ...values: SQLInputValue[]) => Number(prepare(sql).run(...values).changes),
  }
}
