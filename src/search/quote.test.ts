import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { quoteFor } from './quote.ts'

const quote = (passage: string, said: string) => quoteFor([passage], said).text

suite('the quote of a citation', () => {
  test('is the sentence that supports what was said last, by the words of the index', () => {
    const passage =
      'The company was founded in Oslo. Employees are entitled to thirty days of holidays each year. ' +
      'The office closes at five.'
    assert.equal(
      quote(passage, 'It is a Norwegian company. An employee is entitled to thirty holidays yearly.'),
      'Employees are entitled to thirty days of holidays each year.',
    )
  })

  test('is found in Chinese and Japanese, which have no spaces', () => {
    const chinese =
      '公司成立于一九九八年，总部位于上海。员工每年享有三十天带薪休假。办公室下午五点关门。食堂在一楼。'
    assert.equal(quote(chinese, '每位员工每年有三十天的带薪休假。'), '员工每年享有三十天带薪休假。')
    assert.equal(quote(chinese, '食堂位于一楼'), '食堂在一楼。')
    const japanese = '当社は東京にあります。有給休暇は年に二十日です。昼休みは一時間です。'
    assert.equal(quote(japanese, '昼休みは一時間あります。'), '昼休みは一時間です。')
    assert.equal(quote(japanese, '有給休暇は二十日もらえます。'), '有給休暇は年に二十日です。')
  })

  test('knows other forms of a word in languages that have many, and text without accents', () => {
    const german =
      'Der Vertrag beginnt im Mai. Die Häuser wurden verkauft. Der Preis bleibt geheim und gilt nicht.'
    assert.equal(quote(german, 'Das Haus wurde verkauft.'), 'Die Häuser wurden verkauft.')
    const russian =
      'Компания была основана в Москве. Сотрудники получают премии в декабре. Это было не так давно.'
    assert.equal(quote(russian, 'Премию сотрудник получает зимой.'), 'Сотрудники получают премии в декабре.')
  })

  test('is the passage itself, cut and without its headings, where no word is shared', () => {
    const passage = `# Urlaub\n\nVacation and leave\n\nJeder Mitarbeiter bekommt dreißig Tage frei. ${'Und so weiter geht es hier. '.repeat(40)}`
    const text = quote(passage, 'Κάθε εργαζόμενος παίρνει άδεια.')
    assert.ok(text.startsWith('Jeder Mitarbeiter bekommt dreißig Tage frei. Und so'))
    assert.ok(text.length > 300 && text.length <= 400)
    assert.ok(passage.includes(text))
    assert.match(text, /(weiter|geht|es|hier\.|Und|so)$/)
  })

  test('is what stands below a heading that alone shares a word', () => {
    const passage =
      '## Lunch\n\nEverybody eats at noon.\n\n## Vacation\n\nThirty days, plus the first of May.'
    assert.equal(quote(passage, 'About vacations:'), 'Thirty days, plus the first of May.')
  })

  test('is not a heading that is numbered or underlined, however it is cut', () => {
    const below = 'Goods come back within thirty days.'
    for (const heading of [
      'CHAPTER 4. RETURNS',
      'Chapter IV: Returns of goods',
      'Kapitel 4. Returns',
      '4.2. RETURNS',
      'Returns\n=======',
      'About returns\r\n-----',
      'Chapter 4. Returns\n---',
    ]) {
      assert.equal(quote(`${heading}\n${below}`, 'What of returns in chapter 4?'), below, heading)
    }
    const list = '1. Apples are returned\n2. Pears are kept'
    assert.equal(quote(list, 'Pears'), 'Pears are kept')
    const sentence = 'Section 4 says so. Returns are free\n'
    assert.equal(quote(sentence, 'returns'), 'Returns are free')
  })

  test('goes over the ends of lines inside a sentence, and not over those of a list', () => {
    const page =
      'The rules below hold for everybody who works in the house and for\n' +
      'guests. Whoever parks a bicycle in the yard puts it next to the\nnorthern wall, and locks it.\nKeys are at the desk.'
    assert.equal(
      quote(page, 'Park your bicycle next to the northern wall.'),
      'Whoever parks a bicycle in the yard puts it next to the\nnorthern wall, and locks it.',
    )
    const list = 'Prices\n- Apples cost 3 euros\n- Pears cost 4 euros\n- Plums cost 5 euros'
    assert.equal(quote(list, 'Pears are 4 euros.'), '- Pears cost 4 euros')
  })

  test('is a piece of a sentence that is too long, and never half a character', () => {
    const words = Array.from({ length: 300 }, (_, at) => `item${at}`).join(' ')
    const text = quote(words, 'It is item250.')
    assert.ok(text.split(' ').includes('item250') && text.length <= 400)
    const faces = '🙂'.repeat(500)
    assert.ok(quote(faces, 'nothing').isWellFormed())
    const chinese = `第 1 条${'公司必须遵守法律'.repeat(100)}`
    assert.ok(quote(chinese, 'nothing').length > 300)
  })

  test('is looked for in all passages that the model was shown as one', () => {
    const found = quoteFor(['Mariam likes ramen.', 'Jonas prefers a sandwich.'], 'Jonas eats a sandwich.')
    assert.deepEqual(found, { text: 'Jonas prefers a sandwich.', passage: 1, start: 0 })
  })

  test('of nothing is nothing', () => {
    assert.deepEqual(quoteFor([], 'x'), { text: '', passage: 0, start: 0 })
    assert.equal(quote('  \n ', 'x'), '')
    assert.equal(quote('# Only a heading', ''), '# Only a heading')
    assert.equal(quote('One. Two.', ''), 'One. Two.')
  })
})
