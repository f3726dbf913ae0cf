import { Table, Text } from '@mantine/core'
import { count } from '../parts/quantities.ts'
import { argumentsIn, propertiesOf, type Property } from './call-schema.ts'
import classes from './Playground.module.css'

interface Props {
  name: string
  /** As the model has written them. */
  given: string
  parameters: Record<string, unknown> | undefined
}

/** Schemas come from elsewhere, and may have thousands of parameters. */
const mostShown = 50
/** In characters of a value. */
const longestShown = 2_000

/** The arguments of a call in the order of the function's schema, also those that were not given. */
export function Arguments({ name, given, parameters }: Props) {
  const values = argumentsIn(given)
  if (!values)
    return (
      <pre className={classes.broken} tabIndex={0} aria-label={`Arguments of ${name}`}>
        {given}
      </pre>
    )
  const properties = propertiesOf(parameters)
  // What the model gave comes first where there is more than anybody reads.
  const all = new Set([...properties.keys(), ...Object.keys(values)])
  const isLong = all.size > mostShown
  const names = isLong ? [...new Set([...Object.keys(values), ...all])].slice(0, mostShown) : [...all]
  if (names.length === 0)
    return (
      <Text fz="xs" c="dimmed">
        No arguments
      </Text>
    )
  return (
    <Table
      className={classes.arguments}
      fz="sm"
      verticalSpacing={2}
      aria-label={`Arguments of ${name}`}
      layout="fixed"
    >
      <Table.Tbody>
        {names.map((one) => (
          <Table.Tr key={one}>
            <Table.Th scope="row" w="36%">
              {one}
              <Text fz="xs" c="dimmed">
                {parameters && aboutProperty(properties.get(one))}
              </Text>
            </Table.Th>
            <Table.Td>
              {Object.hasOwn(values, one) ? (
                shown(values[one])
              ) : (
                <Text c="dimmed" inherit>
                  not given
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
        {isLong && (
          <Table.Tr>
            <Table.Td colSpan={2} c="dimmed">
              {count(all.size - mostShown)} more are in the step of the run
            </Table.Td>
          </Table.Tr>
        )}
      </Table.Tbody>
    </Table>
  )
}

const aboutProperty = (property: Property | undefined) =>
  property ? [property.type, property.description].filter(Boolean).join(' · ') : 'not in the schema'

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}
