import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrations } from '../../src/store/schema-check.ts'
import { spawnMain, startServer, temporaryFolder, withoutDiscovery } from './child.ts'

const fact = '"fact":"the database was brought up to date"'

test('doctor says that an older database will be changed, and the log says once that it was', async () => {
  using folder = temporaryFolder()
  const all = migrations()
  const missing = all.slice(-2).map(({ name }) => name)
  {
    using database = new DatabaseSync(join(folder.path, 'threadmill.db'))
    database.exec('create table migrations (name text primary key, sha256 text)')
    for (const { name, sql, sha256 } of all.slice(0, -2)) {
      database.exec(sql)
      database.prepare('insert into migrations values (?, ?)').run(name, sha256)
    }
  }
  const env = {
    THREADMILL_DATA_DIR: folder.path,
    THREADMILL_CONFIG: withoutDiscovery,
    THREADMILL_CODE_INTERPRETER: 'off',
  }
  await using doctor = spawnMain(env, ['doctor', '--port', '1'])
  await doctor.exited
  assert.match(doctor.stdout, /ok {4}Database .*: whole, brought up to date at the next start\n/)
  const logOf = async () => {
    await using server = await startServer(folder.path)
    server.signal('SIGTERM')
    await server.exited
    return server.stderr
  }
  assert.ok((await logOf()).includes(`${fact},"migrations":${JSON.stringify(missing)}`))
  assert.ok(!(await logOf()).includes(fact))
})
