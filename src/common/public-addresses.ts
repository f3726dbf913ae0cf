import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Which addresses the server may be sent to by a caller. */
export interface PublicAddresses {
  /** Undefined for a host that no connection may be made to. Otherwise how its name is looked up for one. */
  lookupOf(host: string): LookupFunction | undefined
}

/**
 * Private and loopback addresses are refused, so that nobody can reach the network of this machine through the server,
 * except those that the operator allows: by name, by address, as a network (`10.0.0.0/8`), or `*` for all. An address is
 * checked when the connection is made, because a name may resolve to another one the second time.
 */
export function publicAddresses(allowed: readonly string[] = []): PublicAddresses {
  const allowedNetworks = new BlockList()
  for (const one of allowed) addNetwork(allowedNetworks, one)
  const isRefused = (address: string) =>
    notPublic.check(address, family(address)) && !allowedNetworks.check(address, family(address))
  const lookupPublic: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) callback(error ?? notPublicAddress(), '')
      else if (addresses.some(({ address }) => isRefused(address))) callback(notPublicAddress(), '')
      else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
  return {
    lookupOf(given) {
      const host = given.replace(/^\[|\]$/g, '')
      if (allowed.includes('*') || allowed.includes(host.toLowerCase())) return lookup as LookupFunction
      // Node does not look up a host that is an IP address, so it is checked here.
      return isIP(host) && isRefused(host) ? undefined : lookupPublic
    },
  }
}

/** The error of a connection that was not made. */
export const notPublicAddress = () =>
  new Error('not a public address, nor one that THREADMILL_PRIVATE_HOSTS allows')

/** Whether the operator can allow this: a name, an address, or a network. */
export function isHostOrNetwork(given: string): boolean {
  const [address = '', prefix, ...more] = given.split('/')
  if (prefix === undefined) return given === '*' || isIP(given) > 0 || /^[\w-]+(\.[\w-]+)*$/.test(given)
  return more.length === 0 && isIP(address) > 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits(address)
}

const bits = (address: string) => (isIP(address) === 6 ? 128 : 32)

function addNetwork(list: BlockList, given: string): void {
  const [address = '', prefix] = given.split('/')
  if (isIP(address)) list.addSubnet(address, Number(prefix ?? bits(address)), family(address))
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const notPublic = new BlockList()
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/127',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
  '64:ff9b::/96',
]) {
  addNetwork(notPublic, network)
}
