import { badEncoding, isPercentEncoded } from './percent-encoding.ts'

/** Where on a server that speaks S3 contents are. Credentials are no part of it. */
export interface S3Location {
  bucket: string
  /** Before every key: '' or without a slash at its ends. */
  prefix: string
  /** Of the server; undefined for Amazon's own, or what AWS_ENDPOINT_URL says. */
  endpoint: string | undefined
  region: string | undefined
  /** Whether the bucket is in the path of addresses, and not in the name of the host. */
  pathStyle: boolean
}

/** For people. */
export const placeOf = ({ bucket, prefix, endpoint }: S3Location): string =>
  `s3://${bucket}${prefix && `/${prefix}`}${endpoint === undefined ? '' : ` at ${endpoint}`}`

const example = 's3://bucket/prefix?endpoint=https://minio.example:9000&region=eu-1'
const parameters = ['endpoint', 'region', 'path_style']

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&path_style=…`. `problems` are sentences that follow the name of the setting;
 * they never repeat what was given, where there may be a secret in it.
 */
export function parseFilesUrl(given: string): { location: S3Location; problems: string[] } {
  const problems: string[] = []
  const url = URL.canParse(given) ? new URL(given) : undefined
  const location: S3Location = {
    bucket: url?.hostname ?? '',
    prefix: (url?.pathname ?? '').replaceAll(/^\/+|\/+$/g, ''),
    endpoint: url?.searchParams.get('endpoint') ?? undefined,
    region: url?.searchParams.get('region') ?? undefined,
    pathStyle: url?.searchParams.has('endpoint') ?? false,
  }
  if (!url || url.protocol !== 's3:')
    return {
      location,
      problems: [`must be an address like ${example}; without it files are in the data folder`],
    }
  if (!isPercentEncoded(given)) return { location, problems: [badEncoding] }
  if (url.username !== '' || url.password !== '' || hasCredentials(location.endpoint))
    problems.push('must not hold credentials: give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (url.port !== '' || url.hash !== '')
    problems.push(`must be an address like ${example}, without a port or a #`)
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(location.bucket))
    problems.push(`must begin with s3:// and the name of a bucket, as in ${example}`)
  if (!/^([A-Za-z0-9!_.*'()-]+(\/(?=.)|$))*$/.test(location.prefix) || /\/\.\.?(\/|\?|$)/.test(given))
    problems.push("has a prefix with other signs than letters, digits and !_.*'()- between single slashes")
  for (const name of new Set(url.searchParams.keys())) {
    if (!parameters.includes(name))
      problems.push(`has an unknown parameter '${name.slice(0, 50)}'; it may have ${parameters.join(', ')}`)
    else if (url.searchParams.getAll(name).length > 1) problems.push(`has its parameter '${name}' twice`)
  }
  if (location.endpoint !== undefined && !isAddress(location.endpoint))
    problems.push('has an endpoint that is no http or https address without a path')
  if (location.region !== undefined && !/^[A-Za-z0-9-]{1,64}$/.test(location.region))
    problems.push('has a region that is not made of letters, digits and -')
  const style = url.searchParams.get('path_style')
  if (style !== null && style !== 'true' && style !== 'false')
    problems.push('has a path_style that is neither true nor false')
  else if (style !== null) location.pathStyle = style === 'true'
  return { location, problems }
}

function isAddress(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, pathname, search, hash } = new URL(given)
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === ''
}

function hasCredentials(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false
  const { username, password } = new URL(endpoint)
  return username !== '' || password !== ''
}
