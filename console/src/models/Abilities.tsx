import { Badge, Group } from '@mantine/core'
import type { Serving } from '../../../src/contract/models.ts'
import { count } from '../parts/quantities.ts'

/** What a model can do, as far as that is known. What it cannot do is said as well, because somebody may look for it. */
export function Abilities({ model: { tools, images, structured_outputs } }: { model: Serving }) {
  const abilities = [
    { name: 'tools', has: tools, says: 'calls functions' },
    { name: 'pictures', has: images, says: 'sees pictures' },
    { name: 'JSON schema', has: structured_outputs, says: 'keeps to a JSON schema by itself' },
  ]
  return (
    <Group gap={4}>
      {abilities.map(
        ({ name, has, says }) =>
          has !== null && (
            <Badge
              key={name}
              size="sm"
              radius="sm"
              tt="none"
              fw={400}
              variant={has ? 'light' : 'outline'}
              {...(!has && { color: 'gray' })}
              title={has ? `It ${says}` : `Not that it ${says}`}
            >
              {has ? name : `no ${name}`}
            </Badge>
          ),
      )}
    </Group>
  )
}

export const ContextWindow = ({ model }: { model: Serving }) => (
  <span title={model.context_window_known ? 'tokens' : 'A guess: the provider does not tell'}>
    {model.context_window_known ? '' : '~ '}
    {count(model.context_window)}
  </span>
)
