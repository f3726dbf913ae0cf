import { hash as digest, timingSafeEqual } from 'node:crypto'
import { ApiError } from '../errors.ts'

export interface ApiKey {
  key: string
  project: string
}

interface Headers {
  get(name: string): string | null
}

const hash = (key: string) => digest('sha256', key, 'buffer')

/**
 * Returns the project of a request's key. The key is in `Authorization: Bearer`, in Azure's `api-key`, or in the
 * password of Basic. Hashes are compared in constant time, so that the time of an answer says nothing about a key.
 */
export function authenticator(keys: ApiKey[]): (headers: Headers) => string {
  const known = keys.map(({ key, project }) => ({ hash: hash(key), project }))
  return (headers) => {
    const given = givenKey(headers)
    if (given === '') throw missingKey()
    const givenHash = hash(given)
    let project: string | undefined
    for (const one of known) if (timingSafeEqual(one.hash, givenHash)) project = one.project
    if (project === undefined) throw wrongKey(given)
    return project
  }
}

function givenKey(headers: Headers): string {
  const authorization = headers.get('authorization')
  const bearer = authorization?.slice(0, 7).toLowerCase() === 'bearer ' ? authorization.slice(7).trim() : ''
  if (bearer !== '') return bearer
  const basic = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (basic)
    return Buffer.from(basic, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '')
  return headers.get('api-key')?.trim() ?? ''
}

/** Replaces the last sentence of the original, which sends people to a web page that does not know this key. */
const whereKeyIs =
  'This is Threadmill: its key is in THREADMILL_API_KEY, or in the file api-key of its data folder.'

const missingKey = () =>
  new ApiError(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. " +
      whereKeyIs,
  )

const wrongKey = (key: string) =>
  new ApiError(401, `Incorrect API key provided: ${masked(key)}. ${whereKeyIs}`, { code: 'invalid_api_key' })

/** Shows enough of a key for its owner to recognise it in a log, and too little for anybody else. */
const masked = (key: string) =>
  key.length < 12 ? `${key.slice(0, 2)}***` : `${key.slice(0, 6)}***${key.slice(-3)}`
