/**
 * Where the console is served, with a slash at the end. The server writes it into the page relative to the page's own
 * address, because a prefix of a proxy is known to the browser only. It is made absolute before the address changes.
 */
export const rootAddress = fixRoot()

/** The path of the root without a slash at the end: empty without a prefix. */
export const rootPath = new URL(rootAddress).pathname.replace(/\/$/, '')

function fixRoot(): string {
  const absolute = new URL('.', document.baseURI).href
  document.querySelector('base')?.setAttribute('href', absolute)
  return absolute
}
