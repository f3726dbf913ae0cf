import { Group, SegmentedControl, Text, Textarea } from '@mantine/core'
import { Arguments } from './Arguments.tsx'
import type { AskedCall, FunctionDefinition } from './call-schema.ts'
import { faultOf, laidOut, type GivenOutput } from './given-output.ts'
import classes from './Playground.module.css'

interface Props {
  call: AskedCall
  /** Tells it from the other calls of the form. */
  name: string
  /** What the assistant says of the function. */
  definition: FunctionDefinition | undefined
  output: GivenOutput
  onChange: (output: GivenOutput) => void
}

/** A call of a function: what it is asked, and a field for what it gives. */
export function CallFields({ call, name, definition, output, onChange }: Props) {
  return (
    <fieldset className={classes.call} aria-label={name}>
      <Text fz="sm" fw={600} ff="monospace">
        {call.function.name}
      </Text>
      {definition?.description && (
        <Text fz="xs" c="dimmed">
          {definition.description}
        </Text>
      )}
      <Arguments name={name} given={call.function.arguments} parameters={definition?.parameters} />
      <Group justify="space-between" mb={4}>
        <Text fz="xs" fw={500} aria-hidden>
          Output
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={`Kind of the output of ${name}`}
          data={[
            { value: 'text', label: 'Text' },
            { value: 'json', label: 'JSON' },
          ]}
          value={output.kind}
          onChange={(kind) => onChange({ ...output, kind: kind as GivenOutput['kind'] })}
        />
      </Group>
      <Textarea
        aria-label={`Output of ${name}`}
        placeholder={output.kind === 'json' ? '{ "temperature": 21 }' : 'What your program would give'}
        autosize
        minRows={2}
        maxRows={12}
        spellCheck={false}
        value={output.text}
        error={output.text.trim() !== '' && faultOf(output)}
        onChange={({ currentTarget }) => onChange({ ...output, text: currentTarget.value })}
        onBlur={() => onChange(laidOut(output))}
        onKeyDown={({ key, ctrlKey, metaKey, currentTarget }) => {
          if (key === 'Enter' && (ctrlKey || metaKey)) currentTarget.form?.requestSubmit()
        }}
        classNames={{ input: classes.output }}
      />
    </fieldset>
  )
}
