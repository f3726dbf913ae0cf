import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import Plot from 'uplot'
import { count, money } from '../parts/quantities.ts'
import type { BucketSum } from './sum-usage.ts'
import { timeInWords } from './time-in-words.ts'
import type { UsageView } from './usage-address.ts'
import classes from './UsagePage.module.css'

interface Props {
  buckets: BucketSum[]
  show: UsageView['show']
  width: '1h' | '1d'
}

/** Bars over time. What they show is in a table as well (BucketTable), so the chart itself is hidden from screen readers. */
export function UsageChart({ buckets, show, width }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme()
  useEffect(() => {
    const place = frame.current
    if (!place) return undefined
    const sizeOf = () => ({ width: Math.max(1, place.clientWidth), height })
    // Drawn at once, in the size of the moment: browsers tell of sizes later, and in hidden tabs not at all.
    const plot = new Plot({ ...optionsOf(place, { show, width }), ...sizeOf() }, dataOf(buckets, show), place)
    const observer = new ResizeObserver(() => plot.width !== place.clientWidth && plot.setSize(sizeOf()))
    observer.observe(place)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
    // The scheme changes the colours that are read from the page.
  }, [buckets, show, width, scheme])
  return <div ref={frame} className={classes.chart} aria-hidden />
}

/** In pixels. */
const height = 210

/** Output stands on input: what is behind is the sum of both. */
function dataOf(buckets: BucketSum[], show: UsageView['show']): Plot.AlignedData {
  const times = buckets.map(({ start }) => start)
  if (show === 'requests') return [times, buckets.map(({ requests }) => requests)]
  if (show === 'cost') return [times, buckets.map(({ cost }) => cost ?? 0)]
  return [times, buckets.map(({ input, output }) => input + output), buckets.map(({ input }) => input)]
}

function optionsOf(
  place: HTMLElement,
  { show, width }: Pick<Props, 'show' | 'width'>,
): Omit<Plot.Options, 'width' | 'height'> {
  const style = getComputedStyle(place)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const bucket = width === '1h' ? 3_600 : 86_400
  const inWords = show === 'cost' ? money : count
  const bars = Plot.paths.bars!({ size: [0.7, 48], align: 1 })
  const text = { stroke: colour('--mantine-color-dimmed'), font: '12px system-ui', ticks: { show: false } }
  const series = (label: string, fill: string, valueOf = (value: number) => value): Plot.Series => ({
    label,
    fill,
    width: 0,
    paths: bars,
    points: { show: false },
    value: (_, value) => (value == null ? '' : inWords(valueOf(value))),
  })
  const [strong, weak] = [colour('--mantine-primary-color-filled'), colour('--mantine-color-accent-3')]
  const shown = {
    tokens: [series('input and output', weak), series('input', strong)],
    requests: [series('answers of models', strong)],
    cost: [series('cost', strong)],
  }[show]
  return {
    tzDate: (seconds) => Plot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { points: { show: false }, drag: { x: false, y: false } },
    scales: {
      // A bar stands on the time that begins at its tick.
      x: { range: (_, first, last) => [first - bucket * 0.1, last + bucket] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
    },
    axes: [
      {
        ...text,
        grid: { show: false },
        incrs:
          width === '1h'
            ? [1, 3, 6, 12].map((hours) => hours * 3_600)
            : [1, 2, 7, 14, 30].map((days) => days * 86_400),
        space: width === '1h' ? 100 : 64,
        values: (_, times) => times.map((at) => timeInWords(at, width)),
      },
      {
        ...text,
        size: 80,
        grid: { stroke: colour('--hairline'), width: 1 },
        values: (_, values) =>
          values.map((value) => (show !== 'cost' && value % 1 !== 0 ? '' : inWords(value))),
      },
    ],
    series: [{ label: 'UTC', value: (_, at) => (at == null ? '' : timeInWords(at, width)) }, ...shown],
  }
}
