import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { migrations } from '../../src/store/schema-check.ts'
import { onPostgres } from '../database.ts'
import { testPostgres } from '../postgres.ts'
import {
  askPostgres,
  askSqlite,
  breaksOlderServers,
  readPostgresSchema,
  readSqliteSchema,
  type Ask,
} from './schema-changes.ts'

/** A database without tables. */
async function emptyDatabase() {
  if (!onPostgres) {
    const database = new DatabaseSync(':memory:')
    const ask = askSqlite(database)
    return { ask, read: () => readSqliteSchema(ask), [Symbol.asyncDispose]: async () => database.close() }
  }
  const server = await testPostgres()
  const client = await connectAlone({
    url: server.url,
    schema: 'public',
    poolSize: 1,
    statementTimeoutMs: 30_000,
  })
  await client.query(
    'drop schema if exists rolling cascade; create schema rolling; set search_path = rolling',
  )
  const ask = askPostgres(client)
  return {
    ask,
    read: () => readPostgresSchema(ask),
    async [Symbol.asyncDispose]() {
      await client.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

const files = () => migrations(onPostgres ? 'postgres' : 'sqlite')
/** Servers of the version before the first of these were never updated one after the other. */
const isRolling = ({ name }: { name: string }) => name >= '023'

async function applyReleased(ask: Ask): Promise<void> {
  for (const file of files()) if (!isRolling(file)) await ask(file.sql)
}

test('no migration takes away what servers of the version before need while they are replaced', async () => {
  await using database = await emptyDatabase()
  await applyReleased(database.ask)
  let before = await database.read()
  assert.ok(before.size > 30)
  for (const { name, sql } of files().filter(isRolling)) {
    await database.ask(sql)
    const after = await database.read()
    assert.deepEqual(
      breaksOlderServers(before, after).map((why) => `${name}: ${why}`),
      [],
    )
    before = after
  }
})

const integer = onPostgres ? 'bigint' : 'integer'

/** Tables that a migration changes, and what is said of it. */
const examples: [what: string, sql: string, said: RegExp | undefined][] = [
  [
    'renames a table',
    'alter table notes rename to remarks',
    /^the table notes is gone .* in a later version/,
  ],
  ['drops a table', 'drop table notes', /^the table notes is gone/],
  ['renames a column', 'alter table notes rename column body to text', /^the column notes\.body is gone/],
  ['drops a column', 'alter table notes drop column body', /^the column notes\.body is gone/],
  [
    'adds a column without a default that may not be null',
    onPostgres
      ? 'alter table notes add column kind text not null'
      : remade(
          'id text primary key, body text, at integer not null default 0, place integer not null, kind text not null',
        ),
    /^the new column notes\.kind has no default, .*: give it one/,
  ],
  [
    'changes the primary key',
    onPostgres
      ? 'alter table notes drop constraint notes_pkey; alter table notes add primary key (id, at)'
      : remade(
          'id text not null, body text, at integer not null default 0, place integer not null, primary key (id, at)',
        ),
    /^notes has the key \(id\) no more, which "on conflict" of older servers names/,
  ],
  ['drops a unique index', 'drop index notes_of_place', /^notes has the key \(place\) no more/],
  [
    'changes the condition of a unique index',
    'drop index notes_of_place; create unique index notes_of_place on notes (place) where at > 0',
    /^notes has the key \(place\) no more/,
  ],
  [
    'adds a unique index',
    'create unique index notes_of_body on notes (body)',
    /^notes has the new rule \(body\), which rows of older servers may break/,
  ],
  [
    'changes a type',
    onPostgres
      ? 'alter table notes alter column body type bigint using 0'
      : remade('id text primary key, body integer, at integer not null default 0, place integer not null'),
    /^the column notes\.body has another type: older servers write and read it as text/i,
  ],
  [
    'lets a column be null no more',
    onPostgres
      ? 'alter table notes alter column body set not null'
      : remade(
          'id text primary key, body text not null, at integer not null default 0, place integer not null',
        ),
    /^the column notes\.body may not be null any more/,
  ],
  [
    'takes a default away',
    onPostgres
      ? 'alter table notes alter column at drop default'
      : remade('id text primary key, body text, at integer not null, place integer not null'),
    /^the column notes\.at has no default any more/,
  ],
  [
    'adds a check',
    onPostgres
      ? 'alter table notes add check (at > 0)'
      : remade(
          'id text primary key, body text, at integer not null default 0 check (at > 0), place integer not null',
        ),
    /^notes has the new rule check \(+at > 0\)+, which rows of older servers may break/i,
  ],
  [
    'holds rows of an older table',
    'create table marks (note text references notes (id))',
    /^marks keeps rows of notes from being deleted, .*: say "on delete cascade"/,
  ],
  [
    'only adds',
    `alter table notes add column kind text not null default ''; alter table notes add column more text;
     create table marks (note text references notes (id) on delete cascade, unique (note));
     create index notes_by_kind on notes (kind); drop index notes_by_time`,
    undefined,
  ],
  [
    'makes a table again with all that it had',
    remade(
      "id text primary key, body text, at integer not null default 0, place integer not null, kind text not null default ''",
    ).replaceAll('integer', integer),
    undefined,
  ],
]

/** The table with these columns in place of the one before. */
function remade(columns: string): string {
  return `create table made (${columns}); drop table notes; alter table made rename to notes;
    create unique index notes_of_place on notes (place)`
}

for (const [what, sql, said] of examples) {
  test(`a migration that ${what} is ${said ? 'refused in a sentence that says how it is done' : 'let through'}`, async () => {
    await using database = await emptyDatabase()
    await database.ask(
      `create table notes (id text primary key, body text, at ${integer} not null default 0, place ${integer} not null);
       create unique index notes_of_place on notes (place); create index notes_by_time on notes (at)`,
    )
    const before = await database.read()
    await database.ask(sql)
    const broken = breaksOlderServers(before, await database.read())
    if (said) assert.match(broken.join('\n'), said)
    else assert.deepEqual(broken, [])
  })
}
