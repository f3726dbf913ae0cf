import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { PythonSession } from '../../src/contract/python-sessions.ts'
import { code, startCodeServer } from '../code-server.ts'
import { assertAccessibleInBoth, closeBrowser, visit, withoutBrowser } from './browser.ts'

after(closeBrowser)

test('a thread shows its Python session, which a button restarts', { skip: withoutBrowser }, async () => {
  await using server = await startCodeServer()
  const s = await server.createFixture('session', [code('kept = 41'), { text: 'Done.' }])
  await s.run()
  await using visitor = await visit(server, { at: `threads/${s.thread.id}?tab=python` })
  const { page } = visitor
  await page.getByText('idle', { exact: true }).waitFor()
  await assertAccessibleInBoth(page)
  await page.getByRole('button', { name: 'Restart Python' }).click()
  await page.getByText('no session', { exact: true }).waitFor()
  const { status } = await server.client.get<PythonSession>(`/threads/${s.thread.id}/python_session`)
  assert.equal(status, 'none')
})
