import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

/** An empty database of somebody who owns it and may do nothing else on the server. */
export interface TestDatabase {
  url: string
  /** With whatever is connected to it. */
  drop(): Promise<void>
}

/** Makes databases on a server. `url` is that of a role that may make databases and roles. */
export interface TestDatabases {
  /** The next one is made meanwhile, so that whoever asks again has it at once. */
  create(): Promise<TestDatabase>
  close(): Promise<void>
}

export function openTestDatabases(url: string): TestDatabases {
  const sql = postgres(url, { max: 1, onnotice: () => {} })

  let spare: Promise<TestDatabase> | undefined

  async function make(): Promise<TestDatabase> {
    const name = `threadmill_test_${randomBytes(8).toString('hex')}`
    const password = randomBytes(16).toString('hex')
    await sql.unsafe(`create role ${name} login password '${password}'`)
    // What makes a database for a role has to be a member of it, unless it is a superuser.
    await sql.unsafe(`grant ${name} to current_user`)
    await sql.unsafe(`create database ${name} owner ${name}`)
    const own = new URL(url)
    Object.assign(own, { username: name, password, pathname: `/${name}` })
    return {
      url: own.href,
      async drop() {
        await sql.unsafe(`drop database if exists ${name} with (force)`)
        await sql.unsafe(`drop role if exists ${name}`)
      },
    }
  }

  return {
    async create() {
      const database = spare ?? make()
      spare = make()
      // Whoever gets it is told.
      spare.catch(() => {})
      return database
    },
    async close() {
      const unused = await spare?.catch(() => undefined)
      await unused?.drop()
      await sql.end({ timeout: 5 })
    },
  }
}
