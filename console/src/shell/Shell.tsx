import { AppShell, Burger, Group, ScrollArea } from '@mantine/core'
import { useDisclosure, useHotkeys, useTimeout } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { Brand } from './Brand.tsx'
import { ConnectionNotice } from './ConnectionNotice.tsx'
import { Navigation } from './Navigation.tsx'
import { loadLater } from './load-later.ts'
import { LazyPalette } from './palette.ts'
import { RoomBoundary } from './RoomBoundary.tsx'
import { adminRooms, rooms } from './rooms.ts'
import classes from './Shell.module.css'
import { useFocusKept } from './use-focus-kept.ts'

interface Props {
  /** Whether who has signed in sees the whole server, and no project. */
  isAdmin: boolean
  onSignOut: () => void
}

/** Navigation at the side, the room in the middle. On a phone the navigation is behind a button. */
export function Shell({ isAdmin, onSignOut }: Props) {
  const [opened, { toggle, close }] = useDisclosure()
  const [location] = useLocation()
  const shown = isAdmin ? adminRooms : rooms
  useEffect(close, [location, close])
  const [asked, setAsked] = useState(0)
  const openPalette = () => setAsked((times) => times + 1)
  // Whoever writes somewhere comes to the palette, too.
  useHotkeys([['mod+K', openPalette]], [], true)
  useHotkeys([['Escape', close]], [])
  useFocusKept()
  useTimeout(loadLater, 1_000, { autoInvoke: true })

  return (
    <AppShell
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      header={{ height: { base: 44, sm: 0 } }}
      transitionDuration={0}
    >
      <a className={classes.skip} href={`${location}#main`} onClick={focusMain}>
        Skip to the content
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes.surface}>
        <Group h="100%" px="md" gap="md">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label="Navigation" aria-expanded={opened} />
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={`${classes.surface} ${opened ? '' : classes.closed}`} aria-label="Rooms">
        <ScrollArea h="100%" type="never" classNames={{ content: classes.navigation }}>
          <Navigation rooms={shown} onGo={close} onSearch={openPalette} onSignOut={onSignOut} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <ConnectionNotice />
        <RoomBoundary key={location.split('/')[1]}>
          <Switch>
            {shown.map(({ path, Content }) => (
              <Route key={path} path={`/${path}`} nest>
                <Content />
              </Route>
            ))}
            <Route path="/">
              <Redirect to={`/${shown[0]!.path}`} replace />
            </Route>
            <Route>
              <NotFound what="page" />
            </Route>
          </Switch>
        </RoomBoundary>
      </AppShell.Main>
      {asked > 0 && <LazyPalette asked={asked} rooms={shown} isAdmin={isAdmin} onSignOut={onSignOut} />}
    </AppShell>
  )
}

function focusMain(event: React.MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
