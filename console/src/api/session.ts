const name = 'threadmill-key'

/**
 * The banner of the server and `threadmill open` give the key behind a `#`, which browsers send to no server. It is
 * taken out of the address at once, so that it is in no history and no copied link.
 */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  if (key !== '') keepKey(key, { remember: false })
}

/** Null when nobody has signed in. */
export const readKey = (): string | null => sessionStorage.getItem(name) ?? localStorage.getItem(name)

/** Until the tab is closed, or until somebody signs out. */
export function keepKey(key: string, { remember }: { remember: boolean }): void {
  forgetKey()
  const place = remember ? localStorage : sessionStorage
  place.setItem(name, key)
}

export function forgetKey(): void {
  sessionStorage.removeItem(name)
  localStorage.removeItem(name)
}
