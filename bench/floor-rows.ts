import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'pg'

/** An object of the wire, as the bare server keeps it. */
export interface Stored {
  id: string
  object: string
  [field: string]: unknown
}

/** How the bare server keeps its objects: each write is committed when its promise resolves. */
export interface FloorRows {
  put(one: Stored, parent: string | null): Promise<void>
  /** In one transaction: what a run has made, and the run as it is now. */
  finish(made: { one: Stored; parent: string }[], run: Stored): Promise<void>
}

/** `place` is a `postgres://…` address or a database file; only a file has a choice of `normal` or `full`. */
export const openFloorRows = (place: string, synchronous: string): Promise<FloorRows> =>
  place.startsWith('postgres') ? openPostgres(place) : openSqlite(place, synchronous)

const table = 'create table objects (id text primary key, parent text, doc text not null)'

async function openSqlite(file: string, synchronous: string): Promise<FloorRows> {
  const db = new DatabaseSync(file)
  db.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; ${table} without rowid`)
  const insert = db.prepare('insert into objects (id, parent, doc) values (?, ?, ?)')
  const update = db.prepare('update objects set doc = ? where id = ?')
  const put = (one: Stored, parent: string | null) => insert.run(one.id, parent, JSON.stringify(one))
  return {
    put: async (one, parent) => void put(one, parent),
    async finish(made, run) {
      db.exec('begin')
      for (const { one, parent } of made) put(one, parent)
      update.run(JSON.stringify(run), run.id)
      db.exec('commit')
    },
  }
}

async function openPostgres(url: string): Promise<FloorRows> {
  const pool = new Pool({ connectionString: url, max: 16 })
  await pool.query(table)
  const insert = { name: 'insert', text: 'insert into objects (id, parent, doc) values ($1, $2, $3)' }
  const update = { name: 'update', text: 'update objects set doc = $1 where id = $2' }
  const insertion = (one: Stored, parent: string | null) => ({
    ...insert,
    values: [one.id, parent, JSON.stringify(one)],
  })
  return {
    put: async (one, parent) => void (await pool.query(insertion(one, parent))),
    async finish(made, run) {
      const client = await pool.connect()
      await client.query('begin')
      for (const { one, parent } of made) await client.query(insertion(one, parent))
      await client.query({ ...update, values: [JSON.stringify(run), run.id] })
      await client.query('commit')
      client.release()
    },
  }
}
