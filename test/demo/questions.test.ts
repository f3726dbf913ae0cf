import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { converse, putFile, runPython, user } from './converse.ts'
import { calculations } from './questions/calculations.ts'
import type { Question, Setting } from './questions/question.ts'
import { periods } from './questions/periods.ts'
import { talk } from './questions/talk.ts'
import { tools } from './questions/tools.ts'

const settings = [...calculations, ...talk, ...tools, ...periods]

test('the list is what curious people ask: 200 questions and more', () => {
  assert.ok(settings.flatMap(({ questions }) => questions).length >= 200)
})

async function answers(setting: Setting, { ask, says, calls = [], programs }: Question) {
  for (const [name, content] of Object.entries(setting.files ?? {})) await putFile(name, content)
  const messages = typeof ask === 'string' ? [user(ask)] : ask
  const system = setting.system ? [{ role: 'system' as const, content: setting.system }] : []
  const call = (name: string, { code }: Record<string, unknown>) =>
    name === 'code_interpreter' ? runPython(String(code)) : (setting.answer ?? '')
  const given = await converse([...system, ...messages], { tools: setting.tools }, call)
  assert.match(given.text, says)
  assert.deepEqual(
    given.calls.filter(([name]) => name !== 'code_interpreter'),
    calls,
  )
  assert.equal(
    given.calls.some(([name]) => name === 'code_interpreter'),
    programs === true,
  )
}

const shown = ({ ask }: Question) =>
  typeof ask === 'string'
    ? ask.slice(0, 80)
    : ask
        .flatMap(({ content }) =>
          typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')),
        )
        .join(' / ')

for (const setting of settings) {
  suite(`the demo model and ${setting.name}`, () => {
    for (const question of setting.questions)
      test(shown(question), { timeout: 120_000 }, () => answers(setting, question))
  })
}
