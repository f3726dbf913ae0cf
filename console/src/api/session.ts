const name = 'threadmill-key'

/** Beside a key that is an admin key, though it does not look like one. */
const adminName = 'threadmill-admin'

/** What else goes with the key: outputs of functions that were answered by hand. */
export const outputsName = 'threadmill-outputs'

/** Whether a header can carry it. Anything else was never a key. */
export const isKey = (text: string) => /^[\x21-\x7e]{1,512}$/.test(text)

/**
 * The banner of the server and `threadmill open` give the key behind a `#`, which browsers send to no server. It is
 * taken out of the address at once, so that it is in no history and no copied link. A key that this browser remembers
 * stays: the one of the address holds for this tab, and anybody can make a link with a wrong one.
 */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')?.trim()
  if (key === undefined) return
  history.replaceState(history.state, '', location.pathname + location.search)
  if (isKey(key)) sessionStorage.setItem(name, key)
  else hadNoKey = true
}

let hadNoKey = false

/** Whether the address had something in the place of a key that cannot be one. */
export const hadImpossibleKey = (): boolean => hadNoKey

/** Null when nobody has signed in. */
export const readKey = (): string | null => sessionStorage.getItem(name) ?? localStorage.getItem(name)

/** Whether the key is for what is about the whole server, and opens no project. One that the operator made up is known by its sign-in. */
export const isAdminKey = (key: string): boolean =>
  key.startsWith('sk-admin-') || placeOfKey().getItem(adminName) === 'yes'

/** Until the tab is closed, or until somebody signs out. */
export function keepKey(key: string, { remember, isAdmin }: { remember: boolean; isAdmin: boolean }): void {
  forgetKey()
  const place = remember ? localStorage : sessionStorage
  place.setItem(name, key)
  if (isAdmin) place.setItem(adminName, 'yes')
}

/** Where the key is kept. What may be secret is kept nowhere else, and no longer. */
export const placeOfKey = (): Storage =>
  sessionStorage.getItem(name) === null ? localStorage : sessionStorage

/** Signs out, in all tabs of this browser that are signed in with the same key. */
export function signOut(key: string): void {
  forgetKey()
  signedOut.postMessage(key)
}

const signedOut = new BroadcastChannel(`${name}-signed-out`)

function forgetKey(): void {
  for (const place of [sessionStorage, localStorage])
    for (const one of [name, adminName, outputsName]) place.removeItem(one)
}

/** Forgets a key that the server has refused, wherever it is kept, and no other. */
export function forgetRefused(key: string): void {
  for (const place of [sessionStorage, localStorage]) if (place.getItem(name) === key) place.removeItem(name)
}

/** Calls `effect` when another tab of this browser has signed in or out. Returns what ends that. */
export function onOtherTab(effect: () => void): () => void {
  const listen = ({ key }: StorageEvent) => {
    if (key === name || key === null) effect()
  }
  const leave = ({ data }: MessageEvent) => {
    if (data === readKey()) forgetKey()
    effect()
  }
  addEventListener('storage', listen)
  signedOut.addEventListener('message', leave)
  return () => {
    removeEventListener('storage', listen)
    signedOut.removeEventListener('message', leave)
  }
}
