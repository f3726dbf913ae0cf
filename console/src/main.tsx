import '@mantine/core/styles.css'
import './theme.css'
import { MantineProvider } from '@mantine/core'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { App } from './App.tsx'
import { rootPath } from './api/root.ts'
import { takeKeyFromAddress } from './api/session.ts'
import { leaveWithCare } from './parts/unsaved-changes.ts'
import { Notices } from './shell/Notices.tsx'
import { resolveCssVariables, theme } from './theme.ts'

takeKeyFromAddress()

/** The content security policy allows only styles that carry what the server wrote into the page. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
// For what keeps a page from scrolling behind a dialog.
setNonce(nonce)

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolveCssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Notices />
      <Router base={rootPath} aroundNav={leaveWithCare}>
        <App />
      </Router>
    </MantineProvider>
  </StrictMode>,
)
