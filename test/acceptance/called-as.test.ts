import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { apiKey, call, json, startServer, temporaryFolder } from './child.ts'

const ways = {
  threadmill: {},
  'npx threadmill': { npm_lifecycle_event: 'npx' },
  'npm start --': {
    npm_lifecycle_event: 'start',
    npm_package_json: fileURLToPath(new URL('../../package.json', import.meta.url)),
  },
}

for (const [program, env] of Object.entries(ways))
  test(`a server that was started by "${program}" names its commands so`, async () => {
    using folder = temporaryFolder()
    await using server = await startServer(folder.path, env)
    const health = (await json(await call(`${server.url}/health`, 'GET'))) as { setup: string }
    assert.ok(health.setup.includes(`"${program} setup" brings`), health.setup)
    const missing = `${server.url}/v1/assistants/asst_abc123abc123abc123abc123`
    const headers = { authorization: `Bearer ${apiKey}` }
    await (await fetch(missing, { headers })).text()
    while (!server.stderr.includes('import FILE')) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(server.stderr.includes(`${program} import FILE`), server.stderr)
  })
