import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { addToFreeThread, insertThread } from '../../src/store/threads.ts'
import type { Transaction } from '../../src/store/database.ts'
import { openSqlite } from '../../src/store/sqlite/sqlite.ts'
import { BeginAgain, TransactionEnded } from '../../src/store/database.ts'
import { message, createStoreFixture } from './fixture.ts'
import { insertMessage } from '../../src/store/messages.ts'
import { sqliteOnly } from '../database.ts'

const put = (tx: Transaction, id: string) =>
  insertThread(tx, { id, project: 'p', body: { created_at: 1, metadata: {}, tool_resources: {} } })
const ids = (s: Awaited<ReturnType<typeof createStoreFixture>>) =>
  s.db.all<{ id: string }>('select id from threads order by seq').then((rows) => rows.map(({ id }) => id))
const outcomes = (promises: Promise<unknown>[]) =>
  Promise.allSettled(promises).then((all) => all.map(({ status }) => status))

test(
  'a body that fails undoes only itself, although its neighbours share the commit',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const results = await outcomes([
      s.db.write((tx) => put(tx, 'thread_a')),
      s.db.write(async (tx) => {
        await put(tx, 'thread_b')
        throw new Error('no')
      }),
      s.db.write(async (tx) => {
        await put(tx, 'thread_c')
        await put(tx, 'thread_a')
      }),
      s.db.write((tx) => put(tx, 'thread_d')),
    ])
    assert.deepEqual(results, ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    assert.deepEqual(await ids(s), ['thread_a', 'thread_d'])
  },
)

test('what a body gives, and what it throws, are what its writer gets', async () => {
  await using s = await createStoreFixture()
  const failure = new Error('mine')
  const [value] = await Promise.all([
    s.db.write(async () => 42),
    assert.rejects(
      s.db.write(() => Promise.reject(failure)),
      (error) => error === failure,
    ),
  ])
  assert.equal(value, 42)
})

test('transactions of one turn share one commit, in the order in which they came', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  using other = reader(s.file)
  const seen: { own: string[]; committed: number }[] = []
  const look = async (tx: Transaction) => {
    const rows = await tx.all<{ id: string }>('select id from threads order by seq')
    seen.push({ own: rows.map(({ id }) => id), committed: other.threads() })
    await put(tx, `thread_${seen.length}`)
  }
  await Promise.all([s.db.write(look), s.db.write(look), s.db.write(look)])
  assert.deepEqual(seen, [
    { own: [], committed: 0 },
    { own: ['thread_1'], committed: 0 },
    { own: ['thread_1', 'thread_2'], committed: 0 },
  ])
  assert.equal(other.threads(), 3)
})

test('transactions of turns that each bring more share one commit too', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  using other = reader(s.file)
  const seen: number[] = []
  const writes: Promise<void>[] = []
  const write = () =>
    writes.push(
      s.db.write((tx) => {
        seen.push(other.threads())
        return put(tx, `thread_${seen.length}`)
      }),
    )
  const inNextTurns = (turns: number, done: () => void) =>
    setImmediate(() => {
      if (turns === 0) return done()
      write()
      inNextTurns(turns - 1, done)
    })
  const arrived = new Promise<void>((done) => inNextTurns(3, done))
  write()
  await arrived
  await Promise.all(writes)
  assert.deepEqual(seen, [0, 0, 0, 0])
})

test('a transaction does not wait for one that comes after its turn', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  using other = reader(s.file)
  const first = s.db.write((tx) => put(tx, 'thread_a'))
  await new Promise((turn) => setImmediate(turn))
  const seen = await s.db.write(async () => other.threads())
  assert.equal(seen, 1)
  await first
})

test(
  'effects run after the commit, in order, before anybody is told; those of a failed body never',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const order: string[] = []
    using other = reader(s.file)
    const effect = (name: string) => () => order.push(`${name}, with ${other.threads()} committed`)
    await Promise.allSettled([
      s.db
        .write(async (tx) => {
          tx.afterCommit(effect('first'))
          await put(tx, 'thread_a')
          tx.afterCommit(effect('second'))
        })
        .then(() => order.push('told')),
      s.db.write(async (tx) => {
        tx.afterCommit(effect('never'))
        throw new Error('no')
      }),
      s.db.write(async (tx) => {
        await put(tx, 'thread_b')
        tx.afterCommit(effect('third'))
      }),
    ])
    assert.deepEqual(order, [
      'first, with 2 committed',
      'second, with 2 committed',
      'third, with 2 committed',
      'told',
    ])
  },
)

test(
  'a commit that fails rejects every writer of its group, undoes all of it and stops nobody after it',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    let effects = 0
    const results = await outcomes([
      s.db.write(async (tx) => {
        await put(tx, 'thread_a')
        tx.afterCommit(() => effects++)
      }),
      s.db.write(async (tx) => {
        // A broken reference that is found only at the commit.
        await tx.run('pragma defer_foreign_keys = on')
        await insertMessage(tx, message('thread_missing', 'msg_1'))
      }),
      s.db.write((tx) => put(tx, 'thread_b')),
    ])
    assert.deepEqual(results, ['rejected', 'rejected', 'rejected'])
    assert.deepEqual(await ids(s), [])
    assert.equal(effects, 0)
    await s.db.write((tx) => put(tx, 'thread_c'))
    assert.deepEqual(await ids(s), ['thread_c'])
  },
)

test(
  'when SQLite undoes a whole commit by itself, nothing of it stays and no statement runs after it',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const allowPages = (max: number) => s.db.write((tx) => tx.all(`pragma max_page_count = ${max}`))
    const tooMuch =
      "insert into threads (id, project, active_at, created_at, body) values ('thread_full', 'p', 1, 1, zeroblob(1000000))"
    const isFull = { errcode: 13 }
    await allowPages(1)
    const sent = s.db.write((tx) => {
      tx.send(tooMuch)
      put(tx, 'thread_sent')
    })
    const awaited = s.db.write(async (tx) => {
      await assert.rejects(tx.run(tooMuch), isFull)
      await assert.rejects(tx.get('select 1'), TransactionEnded)
    })
    const after = s.db.write((tx) => put(tx, 'thread_after'))
    await Promise.all([assert.rejects(sent, isFull), assert.rejects(awaited, TransactionEnded), after])
    assert.deepEqual(await ids(s), ['thread_after'])
  },
)

test('reads outside a transaction see only what is committed; reads inside see their own', async () => {
  await using s = await createStoreFixture()
  const count = 'select count(*) as n from threads'
  await s.db.write(async (tx) => {
    await put(tx, 'thread_a')
    assert.equal((await tx.get<{ n: number }>(count))?.n, 1)
    assert.equal((await s.db.get<{ n: number }>(count))?.n, 0)
  })
  assert.equal((await s.db.get<{ n: number }>(count))?.n, 1)
})

test('closing waits for what was asked before', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  const written = s.db.write((tx) => put(tx, 'thread_a'))
  const other = openSqlite(s.file)
  const late = other.write((tx) => put(tx, 'thread_b'))
  await other.close()
  await Promise.all([written, late])
  assert.deepEqual((await ids(s)).toSorted(), ['thread_a', 'thread_b'])
})

test('a write that comes after the end is refused, not forgotten', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  const other = openSqlite(s.file)
  await other.close()
  await assert.rejects(
    other.write((tx) => put(tx, 'thread_a')),
    /the database is closed/,
  )
})

test('a transaction that is used after its end throws, whether its body gave a value or failed', async () => {
  await using s = await createStoreFixture()
  let kept: Transaction | undefined
  await s.db.write(async (tx) => {
    kept = tx
    await put(tx, 'thread_a')
  })
  let undone: Transaction | undefined
  const failed = s.db.write(async (tx) => {
    undone = tx
    throw new Error('no')
  })
  await assert.rejects(failed, /no/)
  for (const use of [
    () => kept?.get('select 1'),
    () => kept?.all('select 1'),
    () => kept?.run('delete from threads'),
    () => kept && put(kept, 'thread_c'),
    () => undone && put(undone, 'thread_d'),
  ]) {
    await assert.rejects(async () => use(), TransactionEnded)
    // This is refused also while another transaction is open on the same connection.
    await s.db.write(async () => assert.rejects(async () => use(), TransactionEnded))
  }
  assert.throws(() => kept?.afterCommit(() => {}), TransactionEnded)
  assert.deepEqual(await ids(s), ['thread_a'])
})

test(
  'after a failed sync nothing is written any more, and whoever runs the server is told once',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const told: unknown[] = []
    const error = new Error('EIO')
    const other = openSqlite(s.file, { onBroken: (why) => told.push(why), sync: () => Promise.reject(error) })
    const writes = [other.write((tx) => put(tx, 'thread_a')), other.write((tx) => put(tx, 'thread_b'))]
    assert.deepEqual(await outcomes(writes), ['rejected', 'rejected'])
    await assert.rejects(
      other.write((tx) => put(tx, 'thread_c')),
      (thrown) => thrown === error,
    )
    assert.deepEqual(told, [error])
    await other.close()
  },
)

test('a statement that was sent runs before every later one, and is undone with its transaction', async () => {
  await using s = await createStoreFixture()
  const count = 'select count(*) as n from threads'
  const undone = s.db.write(async (tx) => {
    put(tx, 'thread_a')
    assert.equal((await tx.get<{ n: number }>(count))?.n, 1)
    put(tx, 'thread_b')
    throw new Error('no')
  })
  await assert.rejects(undone, /no/)
  assert.deepEqual(await ids(s), [])
})

test('a statement that was sent and failed fails its transaction, with its own error', async () => {
  await using s = await createStoreFixture()
  await s.db.write((tx) => put(tx, 'thread_a'))
  const invalid = (tx: Transaction) => tx.send("insert into threads (id) values ('thread_x')")
  const bodies: ((tx: Transaction) => Promise<unknown> | void)[] = [
    (tx) => {
      put(tx, 'thread_b')
      invalid(tx)
    },
    async (tx) => {
      invalid(tx)
      await tx.get('select 1')
      put(tx, 'thread_c')
    },
  ]
  let effects = 0
  for (const body of bodies) {
    const written = s.db.write(async (tx) => {
      tx.afterCommit(() => effects++)
      await body(tx)
    })
    await assert.rejects(written, /not.null/i)
  }
  assert.equal(effects, 0)
  assert.deepEqual(await ids(s), ['thread_a'])
})

test('a lock that nobody waits for fails with its transaction', async () => {
  await using s = await createStoreFixture()
  const write = s.db.write((tx) => {
    put(tx, 'thread_a')
    put(tx, 'thread_a')
    void tx.lock('threads', 'thread_a')
  })
  await assert.rejects(write, /unique/i)
  assert.deepEqual(await ids(s), [])
})

test('a statement that was sent works in its second try when a migration has changed what it returns', async () => {
  await using s = await createStoreFixture()
  let tries = 0
  const sendOne = () =>
    s.db.write((tx) => {
      tries++
      tx.send('update threads set active_at = 1 returning *')
    })
  await sendOne()
  await s.db.write((tx) => tx.run('alter table threads add column newer integer'))
  tries = 0
  await sendOne()
  assert.ok(tries <= 2, `${tries} tries`)
})

test('the error of a body counts, whatever became of what it had sent', async () => {
  await using s = await createStoreFixture()
  const written = s.db.write(async (tx) => {
    tx.send("insert into threads (id) values ('thread_x')")
    throw new Error('mine')
  })
  await assert.rejects(written, /mine/)
})

/** Reads what is committed, through another connection. */
function reader(file: string) {
  const database = new DatabaseSync(file, { readOnly: true })
  const number = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0])
  return {
    threads: () => number('select count(*) from threads'),
    [Symbol.dispose]: () => database.close(),
  }
}

const hide = 'update threads set removed = 1 where id = ?'
const isHidden = async (s: Awaited<ReturnType<typeof createStoreFixture>>, id: string) =>
  (await s.db.get<{ removed: number }>('select removed from threads where id = ?', id))?.removed === 1

test('a change that changes nothing fails its transaction with the error that it was given', async () => {
  await using s = await createStoreFixture()
  await s.db.write((tx) => put(tx, 'thread_a'))
  const refusal = new Error('nothing was there')
  const changeOf = (id: string) => (tx: Transaction) => {
    put(tx, `${id}_before`)
    tx.sendChange(() => refusal, hide, id)
    put(tx, `${id}_after`)
  }
  await s.db.write(changeOf('thread_a'))
  await assert.rejects(s.db.write(changeOf('thread_b')), (error) => error === refusal)
  assert.equal(await isHidden(s, 'thread_a'), true)
  assert.deepEqual(await ids(s), ['thread_a', 'thread_a_before', 'thread_a_after'])
})

test('an insert that must add a row tells its number, and where it adds none its transaction fails', async () => {
  await using s = await createStoreFixture()
  const refusal = new Error('nothing was there')
  const copyOf = (id: string, to: string) => async (tx: Transaction) => {
    const added = tx.sendInsert(
      () => refusal,
      'insert into threads (id, project, active_at, body) select ?, project, active_at, body from threads where id = ?',
      to,
      id,
    )
    put(tx, `${to}_after`)
    return { added }
  }
  await s.db.write((tx) => put(tx, 'thread_a'))
  const [{ added: second }, { added: fourth }] = await Promise.all([
    s.db.write(copyOf('thread_a', 'thread_b')),
    s.db.write(copyOf('thread_a', 'thread_c')),
  ])
  const numbers = await s.db.all<{ seq: number }>(
    "select seq from threads where id = 'thread_b' or id = 'thread_c' order by seq",
  )
  assert.deepEqual(
    [await second, await fourth],
    numbers.map(({ seq }) => seq),
  )
  await assert.rejects(s.db.write(copyOf('thread_missing', 'thread_d')), (error) => error === refusal)
  assert.deepEqual(await ids(s), ['thread_a', 'thread_b', 'thread_b_after', 'thread_c', 'thread_c_after'])
})

test('values of every kind and length are stored as they are', async () => {
  await using s = await createStoreFixture()
  const isPostgres = s.db.kind === 'postgres'
  await s.db.write((tx) =>
    tx.run(`create table kept (n integer, a text, b ${isPostgres ? 'bytea' : 'blob'})`),
  )
  const long = 'aä€😀'.repeat(60_000)
  const rows = ['', 'plain', 'ä€😀', long].flatMap((a) =>
    [new Uint8Array(), new TextEncoder().encode(long), null].map((b) => ({ a, b })),
  )
  await s.db.write((tx) => {
    for (const [n, { a, b }] of rows.entries())
      tx.send('insert into kept (n, a, b) values (?, ?, ?)', n, a, b)
    tx.send('insert into kept (n, a, b) values (?, ?, ?)', -1, null, null)
  })
  const kept = await s.db.all<{ a: string | null; b: Uint8Array | null }>('select a, b from kept order by n')
  const bytesOf = (b: Uint8Array | null | undefined) => b && Buffer.from(b).toString('base64')
  assert.deepEqual(
    kept.map(({ a, b }) => [a, bytesOf(b)]),
    [{ a: null, b: null }, ...rows].map(({ a, b }) => [a, bytesOf(b)]),
  )
})

test('a change that changes nothing counts also where the body goes on and waits for later answers', async () => {
  await using s = await createStoreFixture()
  const refusal = new Error('nothing was there')
  await assert.rejects(
    s.db.write(async (tx) => {
      put(tx, 'thread_a')
      tx.sendChange(() => refusal, hide, 'thread_missing')
      await tx.get('select 1 from threads').catch(() => {})
      await tx.get('select 1 from threads').catch(() => {})
    }),
    (error) => error === refusal,
  )
  assert.deepEqual(await ids(s), [])
})

test('a transaction that asks for it is begun again, from nothing, and in the end fails with that', async () => {
  await using s = await createStoreFixture()
  let tries = 0
  await s.db.write((tx) => {
    put(tx, `thread_${++tries}`)
    if (tries === 1) tx.sendChange(() => new BeginAgain(), hide, 'thread_missing')
  })
  assert.deepEqual(await ids(s), ['thread_2'])
  await assert.rejects(
    s.db.write((tx) => {
      put(tx, 'thread_never')
      throw new BeginAgain()
    }),
    BeginAgain,
  )
  assert.deepEqual(await ids(s), ['thread_2'])
})

test('a transaction of a single statement is kept, its effects run, and its error is its own', async () => {
  await using s = await createStoreFixture()
  let effects = 0
  const insert = () =>
    s.db.write(async (tx) => {
      tx.afterCommit(() => effects++)
      const added = tx.run(
        "insert into threads (id, project, active_at, body) values ('thread_a', 'p', 1, '{}')",
      )
      return added
    })
  assert.equal(await insert(), 1)
  await assert.rejects(insert(), /unique/i)
  await assert.rejects(insert(), /unique/i)
  assert.equal(effects, 1)
  assert.deepEqual(await ids(s), ['thread_a'])
})

test('statements of many transactions at once get each their own answers', async () => {
  await using s = await createStoreFixture()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      s.db.write(async (tx) => {
        put(tx, `thread_${index}`)
        const [own, none, all] = await Promise.all([
          tx.get<{ id: string; bytes: number }>(
            'select id, octet_length(id) as bytes from threads where id = ?',
            `thread_${index}`,
          ),
          tx.get('select id from threads where id = ?', 'thread_missing'),
          tx.all('select id from threads where id = ? or id = ?', `thread_${index}`, 'thread_missing'),
        ])
        return { own: { ...own }, none, count: all.length }
      }),
    ),
  )
  for (const [index, answer] of answers.entries()) {
    const id = `thread_${index}`
    assert.deepEqual(answer, { own: { id, bytes: id.length }, none: undefined, count: 1 })
  }
})

for (const statements of [1, 3])
  test(`a transaction of ${statements} statements at once whose commit fails has failed`, async () => {
    await using s = await createStoreFixture()
    await s.db.write((tx) =>
      tx.run('create table later (id text references threads (id) deferrable initially deferred)'),
    )
    let effects = 0
    const dangling = s.db.write((tx) => {
      tx.afterCommit(() => effects++)
      for (let sent = 0; sent < statements; sent++)
        tx.send("insert into later (id) values ('thread_missing')")
    })
    await assert.rejects(dangling, /foreign key/i)
    assert.equal(effects, 0)
    assert.deepEqual(await s.db.all('select id from later'), [])
  })

test('a lock that nobody waits for fails with its transaction, and ends nothing else', async () => {
  await using s = await createStoreFixture()
  const writing = s.db.write((tx) => {
    tx.sendChange(() => new Error('refused'), "update threads set body = body where id = 'thread_0'")
    addToFreeThread(tx, message('thread_a', 'msg_a'), { now: 1, refusal: () => new Error('not free') })
  })
  await assert.rejects(writing, /refused/)
})
