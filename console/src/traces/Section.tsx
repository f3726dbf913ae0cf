import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Traces.module.css'

/** A part of the details of a span, under its name. */
export const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className={classes.section}>
    <Text component="h3" fz="xs" fw={600} m={0}>
      {title}
    </Text>
    {children}
  </div>
)
