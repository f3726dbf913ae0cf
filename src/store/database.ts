import type { Signals } from './signals.ts'

/** What a `?` may stand for, on every database. */
export type Value = string | number | null | Uint8Array

/**
 * One set of SQL for SQLite (`sqlite.ts`) and PostgreSQL (`postgres.ts`). Parameters are `?` and positional; JSON is text,
 * times are integers. A limit is written `limit ? + 0`: SQLite compiles a statement anew for each value of a bare one, which
 * costs several times its execution.
 */
export interface Reader {
  get<Row>(sql: string, ...values: Value[]): Promise<Row | undefined>
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
}

export interface Transaction extends Reader {
  /** How many rows it changed. */
  run(sql: string, ...values: Value[]): Promise<number>
  /**
   * Waits until no other transaction holds this row by `lock`, and holds it to the end. Whoever reads something in order to
   * change it, or puts rows in order below another, locks first and reads afterwards. Several rows of one table are
   * locked in the order of their ids. Without effect where there is one writer at a time.
   */
  lock(table: Lockable, ...ids: string[]): Promise<void>
  /**
   * The first row that this finds and that no other transaction holds, held to the end: for work that one of several
   * servers takes. The statement reads one table and begins with `select`.
   */
  claim<Row>(sql: string, ...values: Value[]): Promise<Row | undefined>
  /** The first of `count` numbers for new rows of this table, which follow each other and which nobody else is given. */
  reserveNumbers(table: 'chunks', count: number): Promise<number>
  /** Wakes whoever waits for this, in every server on this database, once the transaction is committed. */
  raise(signal: string): void
  /** Runs once the transaction is on disk, or `committed` a little earlier; never when it was rolled back. */
  afterCommit(effect: () => void, when?: 'on disk' | 'committed'): void
}

/** Tables whose rows are locked by their ids. */
export type Lockable =
  | 'threads'
  | 'runs'
  | 'messages'
  | 'assistants'
  | 'vector_stores'
  | 'files'
  | 'uploads'
  // By the id of the vector store, and for its whole index: chunks, words and vectors.
  | 'search_versions'

/** A transaction is used after its end: what it was asked for would happen in no transaction, or in that of another. */
export class TransactionEnded extends Error {
  override name = 'TransactionEnded'
  constructor() {
    super('the transaction is over: a statement of it was not awaited, or it was kept')
  }
}

/** The database cannot be reached now. Whether a transaction that was being committed is written is not known. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
}

export interface Database extends Reader {
  readonly kind: 'sqlite' | 'postgres'
  /** Wake-ups between the parts of this server, and from other servers on this database. */
  readonly signals: Signals
  /**
   * Whether this server is the one, of all on this database, that clears away and does what need be done once. For moments
   * there may be two of them, or none.
   */
  leads(): boolean
  /**
   * All or nothing. The promise resolves, and the effects run, when it is on disk; with `committed` a little earlier,
   * for what may be done again after a loss of power (a killed process loses neither). The body awaits nothing but this
   * transaction: on SQLite every other writer waits for it. It may be run again from its beginning where another
   * transaction was in its way, so it changes nothing but the database and tells others by `afterCommit`. Used after the
   * body, the transaction throws TransactionEnded.
   */
  write<T>(body: (tx: Transaction) => Promise<T>, until?: 'on disk' | 'committed'): Promise<T>
  close(): Promise<void>
}
