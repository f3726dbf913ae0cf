import {
  ActionIcon,
  Box,
  Button,
  Group,
  Kbd,
  NavLink,
  Text,
  Tooltip,
  useMantineColorScheme,
} from '@mantine/core'
import { ExitIcon, Half1Icon, MagnifyingGlassIcon, MoonIcon, SunIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { healthQuery } from '../api/health.ts'
import { Brand } from './Brand.tsx'
import classes from './Navigation.module.css'
import type { Room } from './rooms.ts'

interface Props {
  rooms: Room[]
  /** Somebody goes to a room, perhaps the one where they are. */
  onGo: () => void
  onSearch: () => void
  onSignOut: () => void
}

export function Navigation({ rooms, onGo, onSearch, onSignOut }: Props) {
  const [location] = useLocation()
  const { data: health } = useQuery(healthQuery(useClient()))
  return (
    <>
      <Box className={classes.brand} visibleFrom="sm">
        <Brand />
      </Box>
      <Box px="sm" pb="sm" pt={{ base: 'sm', sm: 0 }}>
        <Button
          fullWidth
          justify="space-between"
          leftSection={<MagnifyingGlassIcon />}
          rightSection={
            <Kbd size="xs" className={classes.keys}>
              Ctrl K
            </Kbd>
          }
          onClick={onSearch}
          classNames={{ label: classes.search }}
        >
          Search
        </Button>
      </Box>
      <Box component="nav" px="sm">
        {rooms.map(({ path, name, icon: Icon }) => {
          const active = location === `/${path}` || location.startsWith(`/${path}/`)
          return (
            <NavLink
              key={path}
              component={Link}
              to={`/${path}`}
              onClick={onGo}
              label={name}
              leftSection={<Icon />}
              active={active}
              aria-current={active ? 'page' : undefined}
              classNames={{ root: classes.room, label: classes.label }}
            />
          )
        })}
      </Box>
      <Group className={classes.foot} gap="xs" wrap="nowrap">
        <Text fz="xs" c="dimmed" truncate flex={1}>
          {health?.version && `Version ${health.version}`}
        </Text>
        <SchemeButton />
        <Tooltip label="Sign out">
          <ActionIcon aria-label="Sign out" onClick={onSignOut}>
            <ExitIcon />
          </ActionIcon>
        </Tooltip>
      </Group>
    </>
  )
}

const schemes = {
  auto: { next: 'light', says: 'Colours as the system has them', Icon: Half1Icon },
  light: { next: 'dark', says: 'Light colours', Icon: SunIcon },
  dark: { next: 'auto', says: 'Dark colours', Icon: MoonIcon },
} as const

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { next, says, Icon } = schemes[colorScheme]
  return (
    <Tooltip label={says}>
      <ActionIcon aria-label={`${says}: change`} onClick={() => setColorScheme(next)}>
        <Icon />
      </ActionIcon>
    </Tooltip>
  )
}
