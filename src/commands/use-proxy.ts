import * as http from 'node:http'

/**
 * From now on what this process fetches goes through the proxy of HTTPS_PROXY and HTTP_PROXY, but for NO_PROXY, as that of
 * pip and curl does. The server leaves that to NODE_USE_ENV_PROXY, because a model server is often in the same network.
 */
export function useProxyOfEnvironment(): void {
  // Node has it from 24.14 on.
  const { setGlobalProxyFromEnv } = http as Partial<typeof http>
  setGlobalProxyFromEnv?.()
}
