import type { ReactNode } from 'react'
import classes from './Facts.module.css'

/** What is known of a thing: names with their values, in as many columns as fit. What is undefined is left out. */
export function Facts({ facts }: { facts: Record<string, ReactNode> }) {
  return (
    <dl className={classes.facts}>
      {Object.entries(facts).map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

/** Metadata or attributes in one line. Undefined where there are none. */
export function pairsInWords(pairs: Record<string, unknown> | null | undefined): string | undefined {
  const words = Object.entries(pairs ?? {}).map(([name, value]) => `${name}: ${String(value)}`)
  return words.length > 0 ? words.join(', ') : undefined
}
