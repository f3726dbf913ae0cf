import { useEffect } from 'react'

let isUnsaved = false
/** Where the changes are being made. */
let place = ''

/** While it is true, whoever leaves the page is asked first: by a link, the browser's buttons, or closing it. */
export function useUnsavedChanges(are: boolean): void {
  useEffect(() => {
    isUnsaved = are
    place = location.href
    if (!are) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => {
      isUnsaved = false
      removeEventListener('beforeunload', ask)
    }
  }, [are])
}

/** For the moment between saving, or destroying what was changed, and leaving. */
export const forgetUnsavedChanges = (): void => {
  isUnsaved = false
}

/** Whether nothing is lost by leaving, or somebody wants to lose it. */
export const mayLoseChanges = (): boolean =>
  !isUnsaved || confirm('Your changes are not saved. Leave without them?')

/** What is open in a page is in its query, which changes freely. */
const mayLeaveTo = (address: string): boolean =>
  !isUnsaved || new URL(address, location.href).pathname === new URL(place).pathname || mayLoseChanges()

/** Goes on only when nothing is lost by it, or somebody wants to lose it. */
export function leaveWithCare<Options>(
  navigate: (to: string, options?: Options) => void,
  to: string,
  options?: Options,
): void {
  if (mayLeaveTo(to)) navigate(to, options)
}

/** Before the router hears of it. The browser has changed the address already: it is put back. */
addEventListener('popstate', (event) => {
  if (mayLeaveTo(location.href)) return
  event.stopImmediatePropagation()
  history.pushState(null, '', place)
})
