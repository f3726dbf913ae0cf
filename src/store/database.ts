import type { Signals } from './signals.ts'

/** The values that a `?` may have, on every database. */
export type Value = string | number | null | Uint8Array

/**
 * The same SQL for SQLite (`sqlite.ts`) and PostgreSQL (`postgres.ts`). Parameters are `?` and positional, JSON is
 * text, and times are integers. A limit is written `limit ? + 0`, because SQLite compiles a statement again for each
 * value of a plain `limit ?`, and that costs several times its execution.
 */
export interface Reader {
  get<Row>(sql: string, ...values: Value[]): Promise<Row | undefined>
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
}

export interface Transaction extends Reader {
  /** Returns how many rows were changed. */
  run(sql: string, ...values: Value[]): Promise<number>
  /**
   * Runs a statement whose answer nobody needs, before every later statement of the transaction. When it fails, the
   * transaction fails. A database at the end of a network gets it together with what follows, which saves a round trip.
   */
  send(sql: string, ...values: Value[]): void
  /**
   * The same for an update or a delete that must change a row. When it changes none, the transaction fails with the error
   * that `refusal` returns.
   */
  sendChange(refusal: () => Error, sql: string, ...values: Value[]): void
  /**
   * The same for an insert that must add one row, to a table that numbers its rows. Resolves with that number, which is known
   * when the transaction is over: one that waits for it earlier has another round trip.
   */
  sendInsert(refusal: () => Error, sql: string, ...values: Value[]): Promise<number>
  /**
   * Waits until no other transaction has locked this row, and holds the lock to the end of the transaction. A
   * transaction that reads something in order to change it, or that inserts rows in an order, must lock first and read
   * afterwards. Several rows of a table are locked in the order of their ids. Has no effect on a database with a single
   * writer. What only writes need not wait for the answer: later statements are executed after it.
   */
  lock(table: Lockable, ...ids: string[]): Promise<void>
  /**
   * The same for rows that a caller has named: locks those of this project alone. Otherwise the caller could wait for what
   * another project changes, which tells that it is there, or make that one wait.
   */
  lockOwn(project: string, table: LockableOfProject, ...ids: string[]): Promise<void>
  /**
   * Returns the first row that matches and that no other transaction holds, and holds it to the end of the transaction.
   * For work that one of several servers takes. The statement reads one table and begins with `select`.
   */
  claim<Row>(sql: string, ...values: Value[]): Promise<Row | undefined>
  /** The time in milliseconds by the clock of the database, which is one for all servers. */
  now(): Promise<number>
  /**
   * Reserves `count` consecutive numbers for new rows of this table (one for a run), and returns the first one. Nobody
   * else gets them.
   */
  reserveNumbers(table: 'chunks' | 'runs', count: number): Promise<number>
  /** After the commit, wakes everybody who waits for this signal, in every server that uses this database. */
  raise(signal: string, of?: string): void
  /**
   * Runs `effect` when the transaction is on disk, or with `committed` a little earlier. Never runs after a rollback.
   */
  afterCommit(effect: () => void, when?: 'on disk' | 'committed'): void
}

/** Tables whose rows can be locked by their ids. */
export type Lockable =
  | LockableOfProject
  | 'blob_stores'
  | 'projects'
  | 'budgets'
  // The id is that of the vector store. The lock is for its whole index: chunks, terms and vectors.
  | 'search_versions'

/** Those among them whose rows say to which project they belong. */
export type LockableOfProject =
  | 'threads'
  | 'runs'
  | 'messages'
  | 'assistants'
  | 'vector_stores'
  | 'files'
  | 'uploads'
  | 'webhook_endpoints'
  | 'containers'

/**
 * Thrown when a transaction is used after its end. The statement would run in no transaction, or in somebody else's.
 */
export class TransactionEnded extends Error {
  override name = 'TransactionEnded'
  constructor() {
    super('the transaction is over: a statement of it was not awaited, or it was kept')
  }
}

/** Thrown in a transaction that looked at too little, and that is begun again to look at more. */
export class BeginAgain extends Error {
  override name = 'BeginAgain'
}

export interface Database extends Reader {
  readonly kind: 'sqlite' | 'postgres'
  /** Wake-ups between the parts of this server, and from other servers on this database. */
  readonly signals: Signals
  /**
   * Whether this server is the one that does the maintenance, of all servers on this database. For a moment there may
   * be two such servers, or none.
   */
  leads(): boolean
  /**
   * Runs a transaction, all or nothing. The promise resolves, and the effects run, when it is on disk. With `committed`
   * they do so a little earlier, for work that can be repeated after a loss of power (a killed process loses nothing).
   * The body may wait only for its own statements, because on SQLite every other writer waits for it. The body may run
   * again from its beginning when another transaction was in its way, when one that shares its commit has failed, or when it
   * asks for that with `BeginAgain`. So it must change nothing but the database, and must tell others through `afterCommit`.
   * After the body has ended, the transaction throws TransactionEnded.
   */
  write<T>(body: (tx: Transaction) => Promise<T> | T, until?: 'on disk' | 'committed'): Promise<T>
  close(): Promise<void>
}
