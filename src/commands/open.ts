import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { begin } from './begin.ts'
import { connect, serverUrl } from './api.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'

/**
 * `threadmill open`: opens the console of the running server in a browser, signed in. With `--url` the address is
 * printed instead, with the key in it.
 */
export async function openConsole(
  given: Given,
  { config, output, program }: CommandContext,
): Promise<number> {
  const { host, port, apiKey, dataDir } = config()
  const url = serverUrl({ host, port })
  await connect({ host, port, apiKey, dataDir }).get('/models')
  await refuseWithoutConsole(url)
  // Browsers send what is behind `#` to no server, and the console takes it out of the address.
  const address = `${url}/#key=${encodeURIComponent(apiKey)}`
  if (given.flag('url')) {
    output.print(address)
    return 0
  }
  const page = await begin(() => Promise.resolve(writePage(dataDir, address)))
  const { default: open } = await import('open')
  await open(pathToFileURL(page).href)
  output.print(`The console opens in your browser: ${url}`)
  output.note(`where none opens, "${program} open --url" has an address to copy`)
  return 0
}

/** A server whose console was not built says so in place of it, in a line. */
async function refuseWithoutConsole(url: string): Promise<void> {
  const answer = await fetch(url, { headers: { accept: 'text/html' } })
  if (!answer.ok) throw new CommandFailure((await answer.text()).trim().slice(0, 500))
}

/**
 * A page that leads to the address and that only the owner can read. The address itself would be seen by everybody on
 * this machine, in the command line of the browser.
 */
function writePage(dataDir: string, address: string): string {
  const page = join(dataDir, 'open-console.html')
  writeFileSync(page, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">\n`, {
    mode: 0o600,
  })
  chmodSync(page, 0o600)
  return page
}
