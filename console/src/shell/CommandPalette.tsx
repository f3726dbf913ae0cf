import { Spotlight, type SpotlightActionData, type SpotlightFilterFunction } from '@mantine/spotlight'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import '@mantine/spotlight/styles.css'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { addressOfId } from './address-of-id.ts'
import { paletteStore } from './palette-store.ts'
import { rooms } from './rooms.ts'

const showAll: SpotlightFilterFunction = (_, actions) => actions

/** Opened with Ctrl-K: leads into each room, and to whatever an id names. */
export function CommandPalette() {
  const [, navigate] = useLocation()
  const [query, setQuery] = useState('')
  const toRooms: SpotlightActionData[] = rooms.map(({ path, name, icon: Icon }) => ({
    id: path,
    label: name,
    leftSection: <Icon />,
    onClick: () => navigate(`/${path}`),
  }))
  const named = addressOfId(query.trim())
  const actions: SpotlightActionData[] = named
    ? [{ id: 'open', label: `Open ${query.trim()}`, onClick: () => navigate(named) }]
    : toRooms
  return (
    <Spotlight
      store={paletteStore}
      shortcut="mod + K"
      query={query}
      onQueryChange={setQuery}
      actions={actions}
      {...(named && { filter: showAll })}
      nothingFound="Nothing has this name. An id opens what it names."
      searchProps={{
        leftSection: <MagnifyingGlassIcon />,
        placeholder: 'Go to a room, or paste an id',
        'aria-label': 'Search',
      }}
      transitionProps={{ duration: 80 }}
      clearQueryOnClose
    />
  )
}
