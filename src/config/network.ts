import { isHostOrNetwork } from '../common/public-addresses.ts'

/** Where the server listens, whom it answers to, and whom it asks. */
export interface NetworkSettings {
  host: string
  /** Names that a server on loopback answers to besides those of loopback, in lower case and without ports. */
  allowedHosts: string[]
  /** 0 means any free port. */
  port: number
  /**
   * Hosts and networks that webhooks and MCP servers may be at although they are private: names, addresses, `10.0.0.0/8`, or `*`
   * for all.
   */
  privateHosts: string[]
  /** The address from which `models pull` downloads. Empty for the place where the model is published. */
  modelMirror: string
  /** The package index of `setup`. Empty for the one that uv or pip is configured to use. */
  pypiMirror: string
  /** The address from which `python prefetch` downloads. Empty for the place where Pyodide is published. */
  pyodideMirror: string
}

/** Whether what listens at this host is reached from this machine only. */
export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const nameOrAddress = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/

/** `called` gives the name by which the user knows a setting. */
export function readNetwork(
  read: (name: string) => string,
  called: (name: string) => string,
): NetworkSettings & { problems: string[] } {
  const problems: string[] = []
  const port = Number(read('THREADMILL_PORT'))
  if (!/^\d+$/.test(read('THREADMILL_PORT')) || port > 65_535)
    problems.push(
      `${called('THREADMILL_PORT')} is "${read('THREADMILL_PORT')}"; it must be a whole number from 0 to 65535`,
    )
  const allowedHosts = listOf(read('THREADMILL_ALLOWED_HOSTS'))
  const noName = allowedHosts.find((name) => !nameOrAddress.test(name))
  if (noName !== undefined)
    problems.push(
      `THREADMILL_ALLOWED_HOSTS has "${noName}"; it must be names or addresses with commas, without scheme, port and path`,
    )
  const privateHosts = listOf(read('THREADMILL_PRIVATE_HOSTS'))
  const noHost = privateHosts.find((host) => !isHostOrNetwork(host))
  if (noHost !== undefined)
    problems.push(
      `THREADMILL_PRIVATE_HOSTS has "${noHost}"; it must be names, addresses or networks (10.0.0.0/8) with commas, or *`,
    )
  const readMirror = (name: string) => {
    const address = read(name)
    if (!/^(https?:\/\/|$)/.test(address)) problems.push(`${name} must be an http or https address`)
    return address
  }
  return {
    host: read('THREADMILL_HOST'),
    allowedHosts,
    port,
    privateHosts,
    modelMirror: readMirror('THREADMILL_MODEL_MIRROR'),
    pypiMirror: readMirror('THREADMILL_PYPI_MIRROR'),
    pyodideMirror: readMirror('THREADMILL_PYODIDE_MIRROR'),
    problems,
  }
}

const listOf = (given: string) =>
  given
    .toLowerCase()
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
