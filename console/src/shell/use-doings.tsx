import { useMantineColorScheme } from '@mantine/core'
import type { SpotlightActionData } from '@mantine/spotlight'
import { ExitIcon, MoonIcon, PlusIcon, SunIcon, UploadIcon } from '@radix-ui/react-icons'
import { useLocation } from 'wouter'

/** What the palette can do besides leading somewhere, as far as it has the words that are typed. */
export function useDoings(words: string, onSignOut: () => void): SpotlightActionData[] {
  const [, navigate] = useLocation()
  const { setColorScheme } = useMantineColorScheme()
  const all: (SpotlightActionData & { label: string; words: string })[] = [
    {
      id: 'new-assistant',
      label: 'New assistant',
      words: 'make create add',
      leftSection: <PlusIcon />,
      onClick: () => navigate('/assistants/new'),
    },
    {
      id: 'new-thread',
      label: 'New thread',
      words: 'begin conversation chat playground',
      leftSection: <PlusIcon />,
      onClick: () => navigate('/playground'),
    },
    {
      id: 'upload',
      label: 'Upload files',
      words: 'add drop',
      leftSection: <UploadIcon />,
      onClick: () => navigate('/files'),
    },
    {
      id: 'dark',
      label: 'Dark colours',
      words: 'theme mode colors night',
      leftSection: <MoonIcon />,
      onClick: () => setColorScheme('dark'),
    },
    {
      id: 'light',
      label: 'Light colours',
      words: 'theme mode colors day',
      leftSection: <SunIcon />,
      onClick: () => setColorScheme('light'),
    },
    {
      id: 'sign-out',
      label: 'Sign out',
      words: 'leave log out exit',
      leftSection: <ExitIcon />,
      onClick: onSignOut,
    },
  ]
  const typed = words.toLowerCase()
  return all
    .filter((one) => typed !== '' && `${one.label} ${one.words}`.toLowerCase().includes(typed))
    .map(({ words: _, ...action }) => action)
}
