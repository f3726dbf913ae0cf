/**
 * What the shell shows when something goes wrong, and has to be there although the server is not: without it an
 * error, or signing out, would leave an empty page. Loaded when a page has been there for a moment, with the palette.
 */
export const loadLater = (): unknown =>
  Promise.all([import('./CommandPalette.tsx'), import('./ShownNotices.tsx'), import('./SignIn.tsx')]).catch(
    () => undefined,
  )
