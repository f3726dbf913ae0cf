import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openMadeStores, type MadeFile } from '../../bench/retrieval/made-store.ts'
import { deleteChunksOfFile } from '../store/chunks.ts'
import { readBlocks } from '../store/text-index/postings.ts'
import { postingsOf } from '../store/text-index/text-index.ts'

const corpus: MadeFile[] = [
  {
    id: 'file-leave',
    filename: 'leave.md',
    texts: ['Employees get thirty days of paid vacation every year.'],
  },
  {
    id: 'file-sick',
    filename: 'sick.md',
    texts: ['Who is ill tells the office before nine in the morning.'],
  },
  { id: 'file-travel', filename: 'travel.md', texts: ['Train journeys are paid in second class.'] },
  {
    id: 'file-report',
    filename: 'Acme_2018_report.pdf',
    texts: ['Revenue grew by four percent.', 'The board met in May.'],
    attributes: { year: 2018, company: 'acme', draft: false },
  },
  {
    id: 'file-other',
    filename: 'Zenith_2019_report.pdf',
    texts: ['Revenue grew by nine percent.', 'The board met in June.'],
    attributes: { year: 2019, company: 'zenith' },
  },
]

const files = (results: { file_id: string }[]) => results.map((result) => result.file_id)

suite('a search by words', () => {
  test('finds other forms of a word and puts the passage that says most first', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    const results = await stores.search({ queries: ['how many vacations does an employee get?'] })
    assert.equal(results[0]?.file_id, 'file-leave')
    assert.equal(results[0].filename, 'leave.md')
    assert.match(results[0].text, /thirty days/)
  })

  test("looks at the file's name as well", async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    const results = await stores.search({ queries: ['How much did revenue grow at Acme in FY2018?'] })
    assert.equal(results[0]?.file_id, 'file-report')
    assert.match(results[0].text, /four percent/)
    assert.ok(results[0].explain.name > 0)
  })

  test('gives scores from 0 to 1 that never rise, and nothing below the threshold', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    const queries = ['board met in May', 'revenue percent', 'acme']
    for (const several of [...queries.map((query) => [query]), queries]) {
      const results = await stores.search({ queries: several })
      assert.ok(results.length > 0)
      let before = 1
      for (const { score } of results) {
        assert.ok(score > 0 && score <= before)
        before = score
      }
      const threshold = results[0]?.score ?? 0
      const fewer = await stores.search({ queries: several, scoreThreshold: threshold })
      assert.ok(fewer.length >= 1 && fewer.every(({ score }) => score >= threshold))
    }
  })

  test('gives no more than the limit, and nothing for words that are nowhere', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    assert.equal((await stores.search({ queries: ['revenue board'], limit: 2 })).length, 2)
    assert.deepEqual(await stores.search({ queries: ['xylophone'] }), [])
    assert.deepEqual(await stores.search({ queries: ['the of and', '???', ''] }), [])
    assert.deepEqual(await stores.search({ queries: ['revenue'], stores: [{ id: 'vs_none' }] }), [])
  })

  test('looks at attributes before it ranks', async () => {
    await using stores = await openMadeStores()
    const many = Array.from({ length: 600 }, (_, at) => ({
      id: `file-${at}`,
      texts: ['zebra zebra zebra'],
      attributes: { kind: 'many' },
    }))
    await stores.add('vs_a', [
      ...many,
      { id: 'file-rare', texts: ['one zebra in a longer text'], attributes: { kind: 'rare' } },
    ])
    const filter = { type: 'eq', key: 'kind', value: 'rare' } as const
    assert.deepEqual(files(await stores.search({ queries: ['zebra'], filter })), ['file-rare'])
    await stores.db.write((tx) =>
      tx.run(`update vector_store_files set attributes = '{"kind":"rare"}' where id = 'file-7'`),
    )
    assert.deepEqual(files(await stores.search({ queries: ['zebra'], filter })), ['file-7', 'file-rare'])
  })

  test('knows what came, went and came again since the last search', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    assert.deepEqual(files(await stores.search({ queries: ['penguin'] })), [])
    await stores.add('vs_a', [{ id: 'file-new', texts: ['A penguin.'] }])
    assert.deepEqual(files(await stores.search({ queries: ['penguin'] })), ['file-new'])
    await stores.db.write((tx) => deleteChunksOfFile(tx, 'vs_a', 'file-new'))
    assert.deepEqual(files(await stores.search({ queries: ['penguin'] })), [])
    await stores.add('vs_a', [{ id: 'file-new', texts: ['A penguin, again.'] }])
    assert.deepEqual(files(await stores.search({ queries: ['penguin'] })), ['file-new'])
    await stores.db.write((tx) => tx.run("delete from vector_store_files where id = 'file-new'"))
    assert.deepEqual(files(await stores.search({ queries: ['penguin'] })), [])
  })

  test('never mixes two projects, nor lets one store weigh in the scores of another', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus)
    const before = await stores.search({ queries: ['revenue board vacation'] })
    const rival = corpus.map((file) => ({ ...file, id: `${file.id}-theirs` }))
    await stores.add('vs_theirs', [...rival, ...many('revenue'), ...many('vacation')], {
      project: 'proj_theirs',
    })
    await stores.add('vs_mine', many('board'))
    assert.deepEqual(await stores.search({ queries: ['revenue board vacation'] }), before)
    const theirs = await stores.search({ queries: ['revenue'], stores: [{ id: 'vs_theirs' }] })
    assert.deepEqual(theirs, [])
  })

  test('searches several stores as if they were one', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', corpus.slice(0, 2))
    await stores.add('vs_b', corpus.slice(2))
    await stores.add('vs_all', corpus)
    const queries = ['revenue of Acme in 2018', 'paid vacation']
    const apart = await stores.search({ queries, stores: [{ id: 'vs_a' }, { id: 'vs_b' }, { id: 'vs_a' }] })
    const together = await stores.search({ queries, stores: [{ id: 'vs_all' }] })
    assert.deepEqual(
      apart.map(({ text, score }) => ({ text, score })),
      together.map(({ text, score }) => ({ text, score })),
    )
  })

  test('prefers another place to a neighbour that repeats half of the passage', async () => {
    await using stores = await openMadeStores()
    const shared = 'The walrus sleeps on the ice and the walrus dreams. '
    await stores.add('vs_a', [
      { id: 'file-first', texts: [`It is cold. ${shared}`.trim(), `${shared}It is warm here.`] },
      { id: 'file-second', texts: [`${shared}It is dark up there.`] },
      { id: 'file-rest', texts: ['Nothing about that.'] },
    ])
    const results = await stores.search({ queries: ['walrus ice dreams'] })
    assert.deepEqual(files(results), ['file-first', 'file-second', 'file-first'])
    assert.equal(results[2]?.explain.penalty, 0.9)
    assert.equal(results[2].overlap + results[0]!.overlap > 0, true)
  })

  test('finds words of several languages in one store', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', [
      {
        id: 'file-de',
        texts: ['Die Häuser in der alten Stadt sind nicht teuer, und sie werden gut geheizt.'],
      },
      { id: 'file-en', texts: ['The houses of the old town are not expensive and they are well heated.'] },
      { id: 'file-ja', texts: ['東京都の家賃はとても高いです。'] },
    ])
    assert.deepEqual(files(await stores.search({ queries: ['Haus'] })), ['file-de'])
    assert.deepEqual(files(await stores.search({ queries: ['house'] })), ['file-en'])
    assert.deepEqual(files(await stores.search({ queries: ['家賃'] })), ['file-ja'])
  })

  test('finds words of one character in text without spaces, asked for alone or in a sentence', async () => {
    await using stores = await openMadeStores()
    await stores.add('vs_a', [
      { id: 'file-zh', texts: ['我家的猫喜欢吃鱼，也喜欢在花园里晒太阳。'] },
      { id: 'file-other', texts: ['公司的财务报告显示收入增长了百分之四。'] },
      { id: 'file-ja', texts: ['庭で犬が吠えています。'] },
      { id: 'file-ko', texts: ['아침마다 물을 마십니다.'] },
    ])
    for (const query of ['猫', '猫鱼', '猫？', '有没有猫呢']) {
      assert.equal(files(await stores.search({ queries: [query] }))[0], 'file-zh', query)
    }
    assert.deepEqual(files(await stores.search({ queries: ['犬'] })), ['file-ja'])
    assert.equal(files(await stores.search({ queries: ['犬は何をしますか'] }))[0], 'file-ja')
    assert.deepEqual(files(await stores.search({ queries: ['물'] })), ['file-ko'])
    assert.deepEqual(files(await stores.search({ queries: ['鸟'] })), [])
  })

  test('finds compounds by their parts, and parts by their compound, below the word itself', async () => {
    await using stores = await openMadeStores()
    const texts: Record<string, string> = {
      rent: 'Der Mietvertrag endet im Mai, und das ist nicht zu ändern.',
      contract: 'Der Vertrag ist von beiden zu unterschreiben, und er gilt für ein Jahr.',
      partner: 'Die Vertragspartner sind in der Liste, die bei uns liegt.',
      notice: 'Die Frist für die Kündigung ist drei Monate, und sie beginnt am Ersten.',
      start: 'Der Start ist um neun, und wir sind alle dabei.',
      swedish: 'Det är en bra arbetsplats för den som är på väg till jobbet och inte har bil.',
    }
    await stores.add(
      'vs_a',
      Object.entries(texts).map(([id, text]) => ({ id, filename: 'a.txt', texts: [text] })),
    )
    const found = async (query: string) => files(await stores.search({ queries: [query] }))
    assert.equal((await found('Vertrag'))[0], 'contract')
    assert.deepEqual((await found('Vertrag')).toSorted(), ['contract', 'partner', 'rent'])
    assert.deepEqual(await found('Verträge'), await found('Vertrag'))
    assert.equal((await found('Mietvertrag'))[0], 'rent')
    assert.deepEqual(await found('Kündigungsfrist'), ['notice'])
    assert.deepEqual(await found('Miete'), ['rent'])
    assert.deepEqual(await found('plats'), ['swedish'])
    assert.deepEqual(await found('Art'), [])
  })

  test('finds words whose writer left out accents, dots or ligatures, either way', async () => {
    await using stores = await openMadeStores()
    const texts: Record<string, string> = {
      ru: 'Самолёт летит в Королёв, и это не так далеко. Он не для вас, и это всё.',
      fr: 'Le cœur de la ville est au bord de la mer, et les œuvres sont dans le musée.',
      el: 'Η πρωτεύουσα είναι η Αθήνα και ο σταθμός της είναι μεγάλος.',
      tr: 'IŞIKLAR bu gece yandı ve kapılar için bir anahtar var. İstanbul çok güzel ama Isparta da öyle.',
      de: 'Die Straße ist nicht breit und der Fluß ist in der Nähe, aber das ist für uns gut.',
      da: 'Børnene er i skolen, og de har en god lærer, som ikke er syg.',
      ar: 'المدرسة الكبيرة في أول الشارع والى اليمين مَكتَبة',
    }
    await stores.add(
      'vs_a',
      Object.entries(texts).map(([id, text]) => ({ id, filename: 'a.txt', texts: [text] })),
    )
    const cases: [query: string, file: string][] = [
      ['самолет', 'ru'],
      ['САМОЛЁТЫ', 'ru'],
      ['Королев', 'ru'],
      ['coeur', 'fr'],
      ['CŒUR', 'fr'],
      ['oeuvre', 'fr'],
      ['αθηνα', 'el'],
      ['ΑΘΗΝΑ', 'el'],
      ['σταθμος', 'el'],
      ['ışık', 'tr'],
      ['isik', 'tr'],
      ['isiklar', 'tr'],
      ['ISIKLAR', 'tr'],
      ['kapi', 'tr'],
      ['istanbul', 'tr'],
      ['ISPARTA', 'tr'],
      ['strasse', 'de'],
      ['STRASSE', 'de'],
      ['Fluss', 'de'],
      ['born', 'da'],
      ['laerer', 'da'],
      ['المدرسه', 'ar'],
      ['اول', 'ar'],
      ['مكتبة', 'ar'],
    ]
    for (const [query, file] of cases) {
      assert.equal(files(await stores.search({ queries: [query] }))[0], file, query)
    }
  })
})

suite('the index of words', () => {
  test('merges what small files leave behind, and loses and invents nothing', async () => {
    await using stores = await openMadeStores()
    for (let at = 0; at < 700; at++) {
      const word = at % 3 === 0 ? 'third' : 'other'
      await stores.add('vs_a', [{ id: `file-${at}`, texts: [`${word} number${at}`, 'common words'] }])
      if (at % 5 === 0) {
        await stores.db.write((tx) => tx.run('delete from vector_store_files where id = ?', `file-${at}`))
      }
    }
    const segments = await stores.db.all('select * from text_segments')
    assert.ok(segments.length < 30, `${segments.length} segments`)
    const found = new Set<number>()
    for (const postings of await postingsOf(stores.db, 'vs_a', 'third')) {
      readBlocks(postings, (id) => found.add(id))
    }
    const alive = await stores.db.all<{ id: number }>("select id from chunks where text like 'third%'")
    assert.equal(
      alive.every(({ id }) => found.has(id)),
      true,
    )
    const results = await stores.search({ queries: ['third'], limit: 50 })
    assert.equal(results.length, 50)
    const near = await stores.search({ queries: ['number15'] })
    assert.ok(!files(near).includes('file-15'))
    assert.equal((await stores.search({ queries: ['number33'] }))[0]?.file_id, 'file-33')
    await stores.db.write((tx) => tx.run('delete from vector_stores'))
    for (const table of ['text_segments', 'text_pages', 'chunks', 'chunk_files', 'search_versions']) {
      assert.deepEqual(await stores.db.all(`select * from ${table} limit 1`), [])
    }
  })
})

const many = (text: string): MadeFile[] =>
  Array.from({ length: 50 }, (_, at) => ({ id: `file-${text}-${at}`, texts: [text] }))
