import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeInput } from './code-input.ts'
import { readProgram } from './program.ts'

/**
 * What is shown of a program whose arguments arrive in pieces of this size: the part that is shown early, and all of
 * it.
 */
function shown(text: string, size = text.length) {
  const input = codeInput()
  let early = ''
  for (let at = 0; at < text.length; at += size) early += input.push(text.slice(at, at + size))
  return { early, all: early + input.end(readProgram(text)) }
}

const program = 'print("h\\u00e9llo \\\\ \\" \\n\\t")\nx = 1\r\n# ü 漢 🙂'

test('the code comes out of its JSON arguments whatever the pieces are', () => {
  const text = JSON.stringify({ code: program }).replaceAll('é', '\\u00e9')
  for (const size of [1, 2, 3, 7, text.length]) assert.equal(shown(text, size).all, program)
  assert(shown(text, 3).early.startsWith('print('))
})

const readable: [argumentsText: string, code: string][] = [
  ['print(1)', 'print(1)'],
  ['"print(2)"', 'print(2)'],
  ['{"title": "x", "code": "1+1"}', '1+1'],
  ['{"code": "a = 1\nif a:\n\tprint(a)"}', 'a = 1\nif a:\n\tprint(a)'],
  ['{"code": "```python\\nprint(5)\\n```"}', 'print(5)'],
  ['{"code": "\\n```\\nprint(5)\\n```\\n"}', 'print(5)'],
  ['```json\n{"code": "print(5)"}\n```', 'print(5)'],
  ['~~~py\nprint(5)\n~~~', 'print(5)'],
  ['{"code": "`print(5)`"}', 'print(5)'],
  ['{"code": "```python\\nprint(5)"}', 'print(5)'],
  ['{"source":"print(5)"}', 'print(5)'],
  ['{"language":"python","snippet":"print(5)"}', 'print(5)'],
  ['{"python": "print(5)", "timeout": 3}', 'print(5)'],
  ['{"code": ["import math", "print(math.pi)"]}', 'import math\nprint(math.pi)'],
  ['["import math\\n", "print(math.pi)"]', 'import math\nprint(math.pi)'],
  ['{"arguments": {"code": "print(5)"}}', 'print(5)'],
  ['"{\\"code\\": \\"print(5)\\"}"', 'print(5)'],
  ["{'code': 'print(5)',}", 'print(5)'],
  ['{"code": "print(5)"', 'print(5)'],
  ['{"code": "import re\nre.findall(\'\\d+\', s)"}', "import re\nre.findall('\\d+', s)"],
  ['{"code": "print("hello")"}', 'print("hello")'],
  ['{"command":"print(5)","restart":false}', 'print(5)'],
  ['{"snippet":"print(5)","restart":true,"retries":2}', 'print(5)'],
  ['{"code":"print(5)"}}', 'print(5)'],
  ['{"code":"print(5)"}<|eot_id|>', 'print(5)'],
  ['{"code":"print(5)"}\n<|call|><|eot_id|>', 'print(5)'],
  ['<tool_call>{"code":"print(5)"}</tool_call>', 'print(5)'],
  ['<tool_call>\n{"name":"code_interpreter","arguments":{"code":"print(5)"}}\n</tool_call>', 'print(5)'],
  ['Sure!\n```python\nprint(7)\n```\nIt prints 7.', 'print(7)'],
  ['Sure!\n```json\n{"code": "print(7)"}\n```', 'print(7)'],
  ['{"code":"{\\"source\\": \\"print(5)\\"}"}', 'print(5)'],
  ['{"code":"{\'code\': \'print(5)\'}"}', 'print(5)'],
  ['{"code":"[\\"print(1)\\", \\"print(2)\\"]"}', 'print(1)\nprint(2)'],
  ['{"code":"[{\\"code\\": \\"print(5)\\"}]"}', 'print(5)'],
  ['{"code":"\\"print(5)\\""}', 'print(5)'],
  ['{"code":"{\\"name\\":\\"python\\",\\"arguments\\":{\\"code\\":\\"print(5)\\"}}"}', 'print(5)'],
  ['{"code":"<tool_call>{\\"code\\":\\"print(5)\\"}</tool_call>"}', 'print(5)'],
  ['{"code":"{\'a\': 1}"}', "{'a': 1}"],
  ['{"code":"[1, 2, 3]"}', '[1, 2, 3]'],
  ['{"code":"[\'a\', \'b\']"}', "['a', 'b']"],
  ['{"code":"{\\"name\\": \\"Ann\\", \\"age\\": 5}"}', '{"name": "Ann", "age": 5}'],
  ['{"code": "print("a" + "b")"}', 'print("a" + "b")'],
  ['[n for n in range(3)]', '[n for n in range(3)]'],
  ['"""A docstring."""\nprint(5)', '"""A docstring."""\nprint(5)'],
]
for (const [text, code] of readable) {
  test(`the program is found in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readProgram(text), { code })
    for (const size of [1, 4, text.length]) assert.equal(shown(text, size).all, code)
  })
}

test('a program is found in the prose around it, but a fence in its own text stays', () => {
  const code = (text: string) => readProgram(JSON.stringify({ code: text }))
  assert.deepEqual(code('Sure!\n```python\nprint(7)\n```'), { code: 'print(7)' })
  assert.deepEqual(code('Sure!\n~~~py\nprint(7)\n~~~\nDone.'), { code: 'print(7)' })
  const writer = 'text = """\n```\nx\n```\n```\n"""\nprint(text)'
  assert.deepEqual(code(writer), { code: writer })
  assert.deepEqual(code(`\`\`\`python\n${writer}\n\`\`\``), { code: writer })
})

for (const text of [
  '',
  '{"code":"print(5)"}{"code":"print(6)"}',
  '{"code":"print(5)"}\n\n{"code":"print(6)"}',
  '{"code":"print("a")"}{"code":"print(6)"}',
  '{"code": """print(5)"""}',
  '{"code": """\nprint(5)\n"""}',
  '{"code":"print(1)\\n" + "print(2)"}',
  '{"code":"x = 1\\n" "print(2)"}',
  '{"code":"{\\"code\\": \\"print(5)"}',
  '{"code":"{\\"code\\": \\"print(5)\\"}{\\"code\\": \\"print(6)\\"}"}',
  '{"code":"[{\\"code\\":\\"print(5)\\"},{\\"code\\":\\"print(6)\\"}]"}',
  '{"code":"```python\\nprint(1)\\n```\\nand\\n```python\\nprint(2)\\n```"}',
  'First:\n```python\nprint(1)\n```\nthen:\n```python\nprint(2)\n```',
  '<tool_call>{"code":"print(5',
  '<function=python>print(5)</function>',
  '{}',
  '{"code": ""}',
  '{"code": 7}',
  '{"language": "python"}',
  '{"first": "print(1)", "second": "print(2)"}',
  '{"code": "print(5',
  '{"code": "print("a")", "language": "python"}',
  '{"code": {"deep": {"deep": {"deep": {"deep": "print(5)"}}}}}',
  '["print(5)", 7]',
  '"print(5)',
  'null',
  '[]',
]) {
  test(`no program is made of ${JSON.stringify(text)}, and the model learns the parameter's name`, () => {
    const read = readProgram(text)
    assert('problem' in read)
    assert.match(read.problem, /^Error: .*'code'.*Nothing was run\.$/)
  })
}

test('arguments that nest or repeat without end are read all the same', () => {
  const size = 200_000
  for (const inside of [
    '['.repeat(size) + ']'.repeat(size),
    '~'.repeat(size) + '`',
    `x${' '.repeat(size)}<|`,
    'a('.repeat(size),
  ]) {
    assert('code' in readProgram(JSON.stringify({ code: inside })))
    assert('code' in readProgram(JSON.stringify({ code: `["${inside}"]` })))
  }
})

test('a character of two escapes is given whole, wherever the pieces are cut', () => {
  const text = String.raw`{"code":"print('\ud83d\ude00 \ud83d \ude00 \ud83d')"}`
  const code = "print('😀 \uFFFD \uFFFD \uFFFD')"
  assert.deepEqual(readProgram(text), { code })
  for (let at = 1; at < text.length; at++) {
    const input = codeInput()
    const pieces = [input.push(text.slice(0, at)), input.push(text.slice(at)), input.end(readProgram(text))]
    assert(pieces.every((piece) => piece.isWellFormed()))
    assert.equal(pieces.join(''), code)
  }
  assert.equal(shown(String.raw`{"code":"print(1) # \ud83d"}`, 1).all, 'print(1) # \uFFFD')
})

for (const [text, said] of [
  ['Sure!\n```python\nprint(7)\n```', ''],
  ['Here is the program:\n```\nprint(7)\n```', ''],
  ["Let's print it.\n~~~py\nprint(7)\n~~~", ''],
  ['print(7)', 'print(7)'],
  ['This = 7\nprint(This)', 'This = 7\nprint(This)'],
  ['the_sum = 7', 'the_sum = 7'],
  ['Fraction(1, 7)', 'Fraction(1, 7)'],
  ['from math import pi', 'from math import pi'],
] as const) {
  test(`of a program that begins so nothing is shown that it has not: ${JSON.stringify(text)}`, () => {
    const argumentsText = JSON.stringify({ code: text })
    for (const size of [1, 4]) {
      const input = codeInput()
      const pieces = argumentsText.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
      const before = pieces.map((piece) => input.push(piece)).join('')
      assert.equal(before, said)
      const program = readProgram(argumentsText)
      assert('code' in program)
      assert.equal(before + input.end(program), program.code)
    }
  })
}
