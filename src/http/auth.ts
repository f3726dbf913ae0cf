import { ApiError } from '../errors/errors.ts'
import type { Access, KnownKey } from '../operations/access.ts'

interface Headers {
  get(name: string): string | null
}

/**
 * Returns the key of a request. It is in `Authorization: Bearer`, in Azure's `api-key`, or in the password of Basic. Throws
 * the wire's 401 where there is none, or one that is not in force.
 */
export async function authenticate(access: Access, headers: Headers): Promise<KnownKey> {
  const given = givenKey(headers)
  if (given === '') throw missingKey()
  const key = await access.find(given)
  if (!key) throw wrongKey(given)
  if (key.archived) throw archivedProject()
  refuseOtherAccount(key, headers)
  return key
}

/** Whether the key may see what is about the whole server, and not about one project. */
export const isOwner = ({ project, ofSettings }: KnownKey): boolean => ofSettings || project === ''

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

/** There is one organization on a server. */
const organization = 'org-threadmill'

/**
 * A client may say for which organization and project it takes its key to be. The key of the settings stands in for keys of the
 * original, whose programs name what was theirs there, so it is taken with any.
 */
function refuseOtherAccount(key: KnownKey, headers: Headers): void {
  if (key.ofSettings) return
  const organizationGiven = headers.get('openai-organization') ?? ''
  if (organizationGiven !== '' && organizationGiven !== organization) throw mismatched('Organization')
  const project = headers.get('openai-project') ?? ''
  if (project !== '' && key.project !== '' && project !== key.project) throw mismatched('Project')
}

const mismatched = (what: 'Organization' | 'Project') =>
  new ApiError(401, `OpenAI-${what} header should match ${what.toLowerCase()} for API key`, {
    code: `mismatched_${what.toLowerCase()}`,
  })

const archivedProject = () =>
  new ApiError(401, 'The project you are requesting has been archived and is no longer accessible', {
    code: 'not_authorized_invalid_project',
  })

/** The words of the original, which named what a key lacks in this way. */
export const needsAdminKey = () =>
  new ApiError(
    403,
    'You have insufficient permissions for this operation. Missing scopes: api.management.read. This operation takes an admin key, which begins with sk-admin-: that of this server is in THREADMILL_ADMIN_KEY, or in the file admin-api-key of its data folder.',
    { code: 'insufficient_permissions' },
  )

/** The refusal of an admin key where the key of a project is wanted. */
export const needsProjectKey = () =>
  new ApiError(
    403,
    'You have insufficient permissions for this operation. An admin key is for the administration API below /v1/organization; this operation takes the key of a project.',
    { code: 'insufficient_permissions' },
  )

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
