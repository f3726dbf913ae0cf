import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migratePostgres } from '../../src/store/postgres/migrate.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { until } from '../runs.ts'

test('whatever one server tells at once, others hear once and whole, and the driver has nothing to complain of', async () => {
  using folder = temporaryFolder()
  const database = await postgresOf(folder.path)
  await migratePostgres(database)
  const warnings: string[] = []
  const warn = ({ message }: Error) => warnings.push(message)
  process.on('warning', warn)
  const here = openPostgres(database, { hears: true })
  const there = openPostgres(database, { hears: true })
  try {
    const heard: string[] = []
    there.signals.on('told', (of) => heard.push(of))
    const first = new Promise<void>((resolve) => there.signals.on('is there', () => resolve()))
    const calling = setInterval(() => here.signals.tell('is there'), 20)
    await first
    clearInterval(calling)
    const told = Array.from({ length: 100 }, (_, n) => `it's "${n}", {as} \\ told`)
    for (const one of told) here.signals.tell('told', one)
    await until(async () => heard.length >= told.length)
    here.signals.tell('told', 'later')
    await until(async () => heard.length > told.length)
    assert.deepEqual(heard, [...told, 'later'])
    assert.deepEqual(warnings, [])
  } finally {
    process.off('warning', warn)
    await Promise.all([here.close(), there.close()])
    await dropSchema(database)
  }
})
