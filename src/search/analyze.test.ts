import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { analyze as analyzeAll, analyzeQuery } from './analyze.ts'
import { detectLanguage } from './languages.ts'
import { stemEnglish } from './stem-english.ts'

const analyze = (text: string, language: string) => analyzeAll(text, `${language}.4`).terms

suite('the analyzer', () => {
  test('makes one word of the forms of a word and leaves out those that say nothing', () => {
    assert.deepEqual(analyze('The connections of a connected CONNECTOR', 'english'), [
      'connect',
      'connect',
      'connector',
    ])
  })

  test('gives a compound name and its parts', () => {
    const parts = (text: string) => analyze(text, 'english')
    assert.deepEqual(parts('parseHttpRequest'), ['parsehttprequest', 'pars', 'http', 'request'])
    assert.deepEqual(parts('HTTPServer'), ['httpserver', 'http', 'server'])
    assert.deepEqual(parts('max_tokens'), ['max_tokens', 'max', 'token'])
    assert.deepEqual(parts('FY2018'), ['fy2018', 'fy', '2018'])
    assert.deepEqual(parts('p53 3M'), ['p53', '53', '3m'])
  })

  test('finds words whichever way their characters are written', () => {
    assert.deepEqual(
      analyze('ﬁle ＡＢＣ naïve Zu\u0308rich', 'english'),
      analyze('file abc naive Zurich', 'english'),
    )
    assert.deepEqual(analyze('Чистый йод', 'russian'), ['чист', 'йод'])
  })

  test('takes the accents off English words before their endings', () => {
    const forms = (text: string) => new Set(analyze(text, 'english'))
    for (const text of ['résumé resume resumes résumés', 'protégé protege proteges', 'fiancée fiancee']) {
      assert.equal(forms(text).size, 1, text)
    }
    assert.deepEqual(analyzeAll('résumé', 'english.2').terms, ['resume'], 'as its second version has it')
  })

  test('knows both forms of the digits and letters of Arabic and Persian', () => {
    assert.deepEqual(analyze('٢٠٢٤ ۲۰۲۴', 'english'), ['2024', '2024'])
    assert.deepEqual(analyze('کتابی', 'english'), analyze('كتابي', 'english'))
    assert.notDeepEqual(analyzeAll('٢٠٢٤', 'english.2').terms, ['2024'])
  })

  test('knows the letters that other keyboards have not got, and how they are written there', () => {
    for (const [text, query] of [
      ['Đoković', 'Dokovic'],
      ['đường', 'duong'],
      ['Sigurðsson', 'Sigurdsson'],
      ['Þórsmörk', 'Thorsmork'],
      ['Ħamrun', 'Hamrun'],
      ['Łódź', 'Lodz'],
      ['Bjørn', 'Bjorn'],
      ['Cæsar', 'Caesar'],
      ['cœur', 'coeur'],
      ['STRAẞE', 'Strasse'],
    ] as const) {
      for (const language of ['english', 'german', 'danish']) {
        assert.deepEqual(analyze(text, language), analyze(query, language), `${text} in ${language}`)
      }
    }
    assert.notDeepEqual(
      analyzeAll('Þór', 'english.3').terms,
      ['thor'],
      'which its third version did not fold',
    )
  })

  test('finds Danish and Norwegian names that are written with two letters for one', () => {
    for (const language of ['danish', 'norwegian']) {
      const finds = (query: string, text: string) =>
        analyzeQuery(query, [`${language}.4`])[0]?.includes(analyze(text, language)[0] ?? '')
      for (const [query, text] of [
        ['Soeren', 'Søren'],
        ['Søren', 'Soeren'],
        ['Aarhus', 'Århus'],
        ['ÅLBORG', 'Aalborg'],
        ['Kjaer', 'Kjær'],
      ] as const) {
        assert.ok(finds(query, text), `${query} in ${language}`)
      }
    }
  })

  test('leaves out what nobody sees, in the text and in the query', () => {
    for (const [text, plain] of [
      ['葛\u{e0100}城市', '葛城市'],
      ['辻\ufe00さん', '辻さん'],
      ['Miet\u00advertrag', 'Mietvertrag'],
      ['\u200fשלום\u200e', 'שלום'],
      ['ශ්\u200dරී', 'ශ්රී'],
      ['Donau\u2060dampf\ufeffschiff', 'Donaudampfschiff'],
    ] as const) {
      assert.deepEqual(analyzeAll(text, 'german.4'), analyzeAll(plain, 'german.4'), plain)
      assert.deepEqual(analyzeQuery(text, ['german.4']), analyzeQuery(plain, ['german.4']), plain)
    }
    // In Persian, the zero-width non-joiner separates the parts of a word where other texts have a space.
    assert.deepEqual(analyze('می\u200cخواهم', 'english'), analyze('می خواهم', 'english'))
    assert.deepEqual(analyze('ab\u200bcd', 'english'), ['ab', 'cd'])
  })

  test('finds German umlauts that are written with an e, and the other way round', () => {
    const finds = (query: string, text: string) =>
      analyzeQuery(query, ['german.4'])[0]?.includes(analyze(text, 'german')[0] ?? '')
    for (const [ascii, word] of [
      ['muenchen', 'München'],
      ['Buero', 'Büro'],
      ['MUELLER', 'Müller'],
      ['pruefung', 'Prüfungen'],
      ['Aerzte', 'Ärzte'],
      ['Moebel', 'Möbel'],
    ] as const) {
      assert.ok(finds(ascii, word), ascii)
      assert.ok(finds(word, ascii), word)
    }
    assert.deepEqual(analyzeQuery('Bauer', ['german.4']), [['bau']])
  })

  test('cuts text without spaces into pairs of characters', () => {
    assert.deepEqual(analyze('東京都', 'english'), ['東京', '京都'])
    assert.deepEqual(analyze('水', 'english'), ['水'])
    assert.deepEqual(analyzeAll('東京都 水', 'english.4').besides, ['東', '京', '都'])
    assert.deepEqual(analyzeAll('さしみ สวัสดี', 'english.4').besides, [])
    assert.deepEqual(analyze('iPhone発売', 'english'), ['iphon', 'phone', '発売'])
    assert.deepEqual(analyze('สวัสดี', 'english').length, 5)
  })

  test('goes on knowing what words were in its first version, whose indexes may be there still', () => {
    assert.deepEqual(analyzeAll('Ёлка 東京都 Αθήνα cœur', 'english'), {
      terms: ['ёлка', '東京', '京都', 'αθήνα', 'cœur'],
      besides: [],
    })
    assert.deepEqual(analyzeQuery('ёлка', ['english', 'english.4']), [['ёлка', 'елка']])
  })

  test('passes over what is no word', () => {
    assert.deepEqual(analyze('a'.repeat(500), 'english'), [])
    assert.deepEqual(analyze('—…!? \u0000', 'english'), [])
    const start = performance.now()
    analyze('aB'.repeat(200_000), 'english')
    analyze('_'.repeat(200_000), 'english')
    analyze('a_'.repeat(200_000), 'english')
    assert.ok(performance.now() - start < 2_000)
  })

  test('gives a query the forms of every language of the store', () => {
    assert.deepEqual(analyzeQuery('the houses', ['english']), [['hous']])
    assert.deepEqual(analyzeQuery('Häusern', ['english', 'german']), [['hausern', 'haus']])
    assert.deepEqual(analyzeQuery('die', ['english', 'german']), [['die']])
    assert.deepEqual(analyzeQuery('die', ['german']), [])
  })

  test('tells the language of a text, and takes lists and code for English', () => {
    assert.equal(detectLanguage('El perro no quiere comer porque está muy cansado de la calle.'), 'spanish')
    assert.equal(
      detectLanguage('Der Hund will nicht fressen, weil er müde ist und schlafen möchte.'),
      'german',
    )
    assert.equal(detectLanguage('The dog does not want to eat because it is tired.'), 'english')
    assert.equal(detectLanguage('const x = fn(y) { return z }'), 'english')
    assert.equal(detectLanguage(''), 'english')
  })
})

test('the English stemmer does as its published vocabulary', () => {
  const published: Record<string, string> = {
    consign: 'consign',
    consistency: 'consist',
    knightly: 'knight',
    knocked: 'knock',
    generously: 'generous',
    arsenals: 'arsenal',
    acquisition: 'acquisit',
    abstraction: 'abstract',
    added: 'add',
    controller: 'control',
    disagreement: 'disagr',
    engineering: 'engin',
    internal: 'internal',
    international: 'internat',
    skies: 'sky',
    dying: 'die',
    tied: 'tie',
    hoping: 'hope',
    hopping: 'hop',
    relational: 'relat',
    conditional: 'condit',
    radically: 'radic',
    formality: 'formal',
    youth: 'youth',
    by: 'by',
  }
  for (const [word, stem] of Object.entries(published)) assert.equal(stemEnglish(word), stem)
})

test('a word without an end costs what it is long, and not the square of it: queries are read beside all else', () => {
  const before = performance.now()
  assert.deepEqual(analyzeQuery(`a${'\u0301'.repeat(100_000)} horse`, ['english']), [['hors']])
  // It takes milliseconds. An algorithm with quadratic time would take half a minute.
  assert.ok(performance.now() - before < 5_000)
})
