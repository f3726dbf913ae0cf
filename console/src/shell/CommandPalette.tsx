import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
  type SpotlightFilterFunction,
} from '@mantine/spotlight'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import '@mantine/spotlight/styles.css'
import { useEffect, useState, type KeyboardEvent } from 'react'
import { useLocation } from 'wouter'
import { addressOfId } from './address-of-id.ts'
import type { Room } from './rooms.ts'
import { useDoings } from './use-doings.tsx'
import { useFound, type Search } from './use-found.ts'

const [paletteStore, palette] = createSpotlight()

/** What is shown has been chosen already. */
const showAll: SpotlightFilterFunction = (_, actions) => actions

interface Props {
  /** Where it leads, of the key of whoever has signed in. */
  rooms: Room[]
  isAdmin: boolean
  /** How often somebody has asked for it. Each time it opens. */
  asked: number
  onSignOut: () => void
}

/** Opened with Ctrl-K: leads into each room, to what has the words that are typed and to what an id names, and does things. */
export function CommandPalette({ asked, ...props }: Props) {
  useEffect(() => palette.open(), [asked])
  const [query, setQuery] = useState('')
  const search = useFound(query.trim(), props.isAdmin)
  const actions = useActions(query.trim(), { ...props, found: search.found })
  return (
    <Spotlight
      store={paletteStore}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      actions={actions}
      filter={showAll}
      limit={36}
      scrollable
      // It stays where it is while what it finds grows and shrinks.
      centered={false}
      // What blurs a whole page holds up each letter that is typed.
      overlayProps={{ blur: 0 }}
      nothingFound={nothingFound(search)}
      searchProps={{
        leftSection: <MagnifyingGlassIcon />,
        placeholder: 'Find by words, go to a room, or paste an id',
        'aria-label': 'Search',
        onKeyDown: openFirst,
      }}
      transitionProps={{ duration: 80 }}
      clearQueryOnClose
    />
  )
}

function nothingFound({ isLooking, isPart }: Pick<Search, 'isLooking' | 'isPart'>): string {
  if (isLooking) return 'Looking…'
  if (isPart) return 'Nothing was found, but not all of it could be searched.'
  return 'Nothing has these words. An id opens what it names.'
}

/**
 * Enter opens the first of what is shown where none is chosen: what is found comes later than the letters for which it is
 * found, and the palette chooses only when letters are typed.
 */
function openFirst({ key, nativeEvent }: KeyboardEvent): void {
  if (key !== 'Enter' || nativeEvent.isComposing) return
  const entries = [...document.querySelectorAll<HTMLElement>('[role=dialog] [data-action]')]
  if (!entries.some((entry) => entry.dataset['selected'] !== undefined)) entries[0]?.click()
}

function useActions(
  words: string,
  { rooms, isAdmin, onSignOut, found }: Omit<Props, 'asked'> & Pick<Search, 'found'>,
): (SpotlightActionData | SpotlightActionGroupData)[] {
  const [, navigate] = useLocation()
  const doings = useDoings(words, isAdmin, onSignOut)
  const named = addressOfId(words, rooms)
  if (named) return [{ id: 'open', label: `Open ${words}`, onClick: () => navigate(named) }]
  const toRooms: SpotlightActionData[] = rooms
    .filter(({ name }) => name.toLowerCase().includes(words.toLowerCase()))
    .map(({ path, name, icon: Icon }) => ({
      id: path,
      label: name,
      leftSection: <Icon />,
      onClick: () => navigate(`/${path}`),
    }))
  const groups = found.map(({ kind, entries }) => ({
    group: kind,
    actions: entries.map(({ id, name, address }) => ({ id, label: name, onClick: () => navigate(address) })),
  }))
  return [...toRooms, ...(doings.length > 0 ? [{ group: 'Do', actions: doings }] : []), ...groups]
}
