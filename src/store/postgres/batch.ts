import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { DatabaseError, type ClientBase, type Submittable } from 'pg'
import { decoderOf } from './connection.ts'
import { isUnavailable } from './errors.ts'

export interface Statement {
  text: string
  /** Prepared under this name once for each connection. Without a name it is prepared each time. */
  name?: string | undefined
  values: (string | Buffer | null)[]
}

export interface Answer {
  rows: Record<string, unknown>[]
  /** The first word of what was done: `SELECT`, `COMMIT`. */
  command: string
  /** How many rows were changed or read. */
  count: number
}

/** A statement of the same batch has failed, so this one was not executed. */
export class StatementPassedOver extends Error {
  override name = 'StatementPassedOver'
  constructor() {
    super('a statement before this one has failed')
  }
}

interface Column {
  name: string
  decode: (text: string) => unknown
}

/** The part of the driver's connection that is used here. */
interface Connection extends EventEmitter {
  stream: Duplex
  parse(statement: { text: string; name: string }): void
  bind(config: { statement: string; values: (string | Buffer | null)[] }): void
  describe(config: { type: 'P' }): void
  execute(): void
  sync(): void
}

interface Sent extends Statement {
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/**
 * Sends the statements of one connection. Those of one turn of the event loop are sent together and answered together: one
 * packet each way. When one of them fails, those after it are not executed, so a commit can be sent before it is known
 * whether what it commits has succeeded.
 */
export interface Batches {
  send(statement: Statement): Promise<Answer>
}

const begin = 'begin'
const commit = 'commit'

/** The columns of each statement that is prepared on a connection, by its name. */
const prepared = new WeakMap<ClientBase, Map<string, Column[]>>()

export function batchesOn(client: ClientBase): Batches {
  const known = prepared.get(client) ?? new Map<string, Column[]>()
  prepared.set(client, known)
  let waiting: Sent[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    client.query(new Batch(withoutTransaction(batch), known))
  }

  return {
    send: (statement) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ ...statement, resolve, reject }) === 1) process.nextTick(flush)
      }),
  }
}

/**
 * The statements of one batch are a transaction by themselves, which the server commits at its end, and need none around
 * them. One that is set up for itself does: settings are those of a transaction that was begun.
 */
function withoutTransaction(batch: Sent[]): Sent[] {
  const [first, last] = [batch.at(0), batch.at(-1)]
  if (batch.length < 3 || first?.text !== begin || last?.text !== commit) return batch
  const inner = batch.slice(1, -1)
  const end = inner.pop()
  if (!end || inner.some(({ text }) => text.startsWith('set local '))) return batch
  const done = (command: string): Answer => ({ rows: [], command, count: 0 })
  const committing: Sent = {
    ...end,
    resolve(answer) {
      end.resolve(answer)
      last.resolve(done('COMMIT'))
    },
    reject(error) {
      end.reject(error)
      // Without the server's answer it is not known whether the statements were committed.
      last.reject(isUnavailable(error) ? error : new StatementPassedOver())
    },
  }
  first.resolve(done('BEGIN'))
  return [...inner, committing]
}

/** What the driver calls while the server answers. */
class Batch implements Submittable {
  /** The driver puts a timeout around it. */
  callback = (): void => {}
  readonly #statements: Sent[]
  readonly #known: Map<string, Column[]>
  readonly #answers: Answer[] = []
  /** The names of the statements that the server has to prepare first, in their order. */
  readonly #preparing: string[] = []
  #connection: Connection | undefined
  #rows: Record<string, unknown>[] = []

  constructor(statements: Sent[], known: Map<string, Column[]>) {
    this.#statements = statements
    this.#known = known
  }

  submit(given: unknown): void {
    const connection = (this.#connection = given as Connection)
    connection.on('parseComplete', this.#prepared)
    connection.stream.cork()
    for (const { text, name = '', values } of this.#statements) {
      const isNew = name === '' || !(this.#known.has(name) || this.#preparing.includes(name))
      if (isNew) {
        connection.parse({ text, name })
        this.#preparing.push(name)
      }
      connection.bind({ statement: name, values })
      if (isNew) connection.describe({ type: 'P' })
      connection.execute()
    }
    connection.sync()
    connection.stream.uncork()
  }

  readonly #prepared = (): void => {
    this.#known.set(this.#preparing.shift() ?? '', [])
  }

  get #current(): Sent | undefined {
    return this.#statements[this.#answers.length]
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, decode: decoderOf(dataTypeID) }))
    this.#known.set(this.#current?.name ?? '', columns)
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {}
    const columns = this.#known.get(this.#current?.name ?? '') ?? []
    for (let index = 0; index < columns.length; index++) {
      const { name, decode } = columns[index] as Column
      const text = fields[index] ?? null
      row[name] = text === null ? null : decode(text)
    }
    this.#rows.push(row)
  }

  /** `text` is such as `UPDATE 1` or `INSERT 0 1`. */
  handleCommandComplete({ text }: { text: string }): void {
    const words = text.split(' ')
    const count = Number(words.at(-1))
    this.#answers.push({ rows: this.#rows, command: words[0] ?? '', count: Number.isNaN(count) ? 0 : count })
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.#end()
  }

  handleError(error: unknown): void {
    this.#end(error)
  }

  /**
   * `error` is that of the first statement without an answer. Statements that are a transaction by themselves are committed
   * only after their answers, so an error after all answers is that of the last one.
   */
  #end(error?: unknown): void {
    this.#connection?.off('parseComplete', this.#prepared)
    this.callback()
    if (error !== undefined) this.#answers.splice(this.#statements.length - 1)
    const failed = this.#answers.length
    for (const [index, { resolve, reject }] of this.#statements.entries()) {
      const answer = this.#answers[index]
      if (answer) resolve(answer)
      else reject(index > failed && error instanceof DatabaseError ? new StatementPassedOver() : error)
    }
  }
}
