import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { serverUser, startPostgres } from '../postgres/server.ts'
import { findProgram } from '../programs.ts'

test('certificates of PostgreSQL are verified as sslmode says, with an authority of its own', async (t) => {
  const openssl = findProgram('openssl')
  if (openssl === undefined)
    return t.skip('there is no openssl on this machine, which makes the certificates')
  const folder = certificates(t, openssl)
  const file = (name: string) => join(folder, name)
  await using postgres = await startPostgres({
    settings: { ssl: 'on', ssl_cert_file: file('server.crt'), ssl_key_file: file('server.key') },
  })
  const encrypted = async (host: string, sslmode: string, authority?: string) => {
    const url = new URL(postgres.url)
    url.hostname = host
    url.searchParams.set('sslmode', sslmode)
    if (authority !== undefined) url.searchParams.set('sslrootcert', file(authority))
    const settings = { url: url.href, schema: 'public', poolSize: 1, statementTimeoutMs: 10_000 }
    const client = await connectAlone(settings)
    const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    await client.end()
    return rows[0].ssl === 't'
  }
  assert.equal(await encrypted('localhost', 'disable'), false)
  assert.equal(await encrypted('localhost', 'require'), true)
  assert.equal(await encrypted('127.0.0.1', 'verify-ca', 'authority.crt'), true)
  assert.equal(await encrypted('localhost', 'verify-full', 'authority.crt'), true)
  await assert.rejects(encrypted('127.0.0.1', 'verify-full', 'authority.crt'), /ERR_TLS_CERT_ALTNAME_INVALID/)
  for (const mode of ['verify-ca', 'verify-full'])
    await assert.rejects(
      encrypted('localhost', mode, 'other.crt'),
      /its certificate is of no authority that is known here: .*sslrootcert/,
    )
  await assert.rejects(encrypted('localhost', 'verify-full'), /of no authority that is known here/)
})

/** A folder with the certificates of two authorities, and that of a server at `localhost`, which the first one has signed. */
function certificates(t: TestContext, openssl: string): string {
  const folder = temporaryFolder()
  t.after(() => folder[Symbol.dispose]())
  const cwd = folder.path
  const make = (line: string) => execFileSync(openssl, line.split(' '), { cwd, stdio: 'pipe' })
  const key = '-newkey rsa:2048 -nodes -keyout'
  for (const name of ['authority', 'other'])
    make(`req -x509 ${key} ${name}.key -out ${name}.crt -subj /CN=${name} -days 2`)
  make(
    `req -x509 ${key} server.key -out server.crt -subj /CN=server -days 2 -CA authority.crt -CAkey authority.key ` +
      '-addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE',
  )
  // PostgreSQL reads a key only when nobody else can, and may run as another user than this process.
  const owner = serverUser()
  chmodSync(cwd, 0o755)
  if (owner) chownSync(join(cwd, 'server.key'), owner.uid, owner.gid)
  return cwd
}
