import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ClientBase, Submittable } from 'pg'
import { decoderOf } from './connection.ts'
import { endsSession, saysUndone } from './errors.ts'
import { packetOf, type Packet, type PacketValue } from './packet.ts'

export interface Statement {
  text: string
  /** Prepared under this name once for each connection. Without a name it is prepared each time. */
  name?: string | undefined
  values: PacketValue[]
}

export interface Answer {
  rows: Record<string, unknown>[]
  /** The first word of what was done: `SELECT`, `COMMIT`. */
  command: string
  /** How many rows were changed or read. */
  count: number
}

interface Column {
  name: string
  decode: (text: string) => unknown
}

/** The part of the driver's connection that is used here. */
interface Connection extends EventEmitter {
  stream: Duplex
}

/** The answers to the statements of a batch up to the first that has none, and why that one has none. */
export interface Outcome {
  answers: Answer[]
  error?: unknown
  /**
   * Where there is an error, whether the server has said that it undid the transaction, or nothing was sent. Otherwise that is
   * not known.
   */
  undone?: boolean | undefined
}

/**
 * The columns of each statement that is prepared on a connection, by its name. Undefined until the server has told them: it may
 * have refused the values, or have run out of time, in between.
 */
type Prepared = Map<string, Column[] | undefined>
const prepared = new WeakMap<ClientBase, Prepared>()

/**
 * Sends statements together, which are answered together: one packet each way. When one of them fails, those after it are not
 * executed, so a commit can be sent before it is known whether what it commits has succeeded. Outside of a transaction
 * they are one by themselves, which the server commits after the last of them; then an error after all answers is that of the
 * last statement. Never rejects.
 */
export function sendBatch(client: ClientBase, statements: Statement[]): Promise<Outcome> {
  const known: Prepared = prepared.get(client) ?? new Map()
  prepared.set(client, known)
  return new Promise((resolve) => client.query(new Batch(statements, known, resolve)))
}

/** What the driver calls while the server answers. */
class Batch implements Submittable {
  /** The driver puts a timeout around it. */
  callback = (): void => {}
  readonly statements: Statement[]
  readonly #known: Prepared
  readonly #answers: Answer[] = []
  /** The names of the statements that the server has to prepare first, in their order. */
  readonly #preparing: string[] = []
  #connection: Connection | undefined
  #rows: Record<string, unknown>[] = []
  #isUnsent = false

  readonly #done: (outcome: Outcome) => void

  constructor(statements: Statement[], known: Prepared, done: (outcome: Outcome) => void) {
    this.statements = statements
    this.#known = known
    this.#done = done
  }

  submit(given: unknown): Error | undefined {
    const connection = (this.#connection = given as Connection)
    connection.on('parseComplete', this.#prepared)
    let bytes: Buffer
    try {
      bytes = packetOf((packet) => this.#write(packet))
    } catch (error) {
      // Nothing was sent, and the connection is as it was. The driver tells this batch of what is returned.
      this.#isUnsent = true
      return new Error('a statement cannot be written', { cause: error })
    }
    if (connection.stream.writable) connection.stream.write(bytes)
    return undefined
  }

  #write(packet: Packet): void {
    for (const { text, name = '', values } of this.statements) {
      const isPreparing = name !== '' && this.#preparing.includes(name)
      const isDescribed = isPreparing || (name !== '' && this.#known.get(name) !== undefined)
      if (name === '' || !(isPreparing || this.#known.has(name))) {
        packet.parse({ text, name })
        this.#preparing.push(name)
      }
      packet.bind(name, values)
      if (!isDescribed) packet.describe()
      packet.execute()
    }
    packet.sync()
  }

  readonly #prepared = (): void => {
    this.#known.set(this.#preparing.shift() ?? '', undefined)
  }

  get #current(): Statement | undefined {
    return this.statements[this.#answers.length]
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
    const name = this.#current?.name ?? ''
    if (!this.#known.get(name)) this.#known.set(name, [])
    this.#answers.push({ rows: this.#rows, command: words[0] ?? '', count: Number.isNaN(count) ? 0 : count })
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.#end()
  }

  handleError(error: unknown): void {
    this.#end(error)
  }

  #end(error?: unknown): void {
    this.#connection?.off('parseComplete', this.#prepared)
    this.callback()
    const answers = this.#answers
    if (error === undefined) return this.#done({ answers })
    const isAnswered = answers.length === this.statements.length
    const undone = this.#isUnsent || (saysUndone(error) && !(isAnswered && endsSession(error)))
    this.#done({ answers: isAnswered ? answers.slice(0, -1) : answers, error, undone })
  }
}
