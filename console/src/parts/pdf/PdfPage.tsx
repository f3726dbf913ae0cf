import { useIntersection, useMergedRef } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'
import { steepest } from './limits.ts'
import type { Box, PageSize } from './pdf-requests.ts'
import type { Ask } from './use-pdf.ts'
import classes from './PdfPage.module.css'

interface Props {
  ask: Ask
  /** From 0. */
  index: number
  size: PageSize
  label: string
  passage: string | undefined
  comesIntoSight: boolean
}

/** In pixels of the page. A page is as wide as the screen allows, up to this. */
const widest = 860

export function PdfPage({ ask, index, size, label, passage, comesIntoSight }: Props) {
  const { ref, entry } = useIntersection({ rootMargin: '600px' })
  const isNear = entry?.isIntersecting ?? false
  const canvas = useRef<HTMLCanvasElement>(null)
  const mark = useRef<HTMLDivElement>(null)
  const place = useRef<HTMLElement>(null)
  const [problem, setProblem] = useState<string>()
  const [boxes, setBoxes] = useState<Box[]>()
  const both = useMergedRef(ref, place)

  useEffect(() => {
    if (comesIntoSight) place.current?.scrollIntoView({ block: 'start' })
  }, [comesIntoSight])

  useEffect(() => {
    if (!isNear) return undefined
    let isGone = false
    const width = (place.current?.clientWidth ?? widest) * Math.min(devicePixelRatio, 2)
    ask('draw', { page: index, width }).then(
      (image) => {
        if (isGone || !canvas.current) return
        canvas.current.width = image.width
        canvas.current.height = image.height
        canvas.current.getContext('2d')?.putImageData(image, 0, 0)
      },
      (error: Error) => !isGone && setProblem(error.message),
    )
    return () => {
      isGone = true
    }
  }, [ask, index, isNear])

  useEffect(() => {
    if (passage === undefined) return undefined
    let isGone = false
    ask('find', { page: index, text: passage }).then(
      (found) => !isGone && setBoxes(found),
      () => undefined,
    )
    return () => {
      isGone = true
    }
  }, [ask, index, passage])
  useEffect(() => {
    if (comesIntoSight && boxes) mark.current?.scrollIntoView({ block: 'center' })
  }, [comesIntoSight, boxes])

  return (
    <section
      ref={both}
      className={classes.page}
      style={{
        aspectRatio: `${size.width} / ${Math.min(size.height, size.width * steepest)}`,
        maxWidth: widest,
      }}
      aria-label={label}
    >
      {isNear && <canvas ref={canvas} className={classes.canvas} />}
      {boxes?.map(({ left, top, width, height }, at) => (
        <div
          key={at}
          {...(at === 0 && { ref: mark })}
          className={classes.mark}
          data-mark
          style={{
            left: `${left * 100}%`,
            top: `${top * 100}%`,
            width: `${width * 100}%`,
            height: `${height * 100}%`,
          }}
        />
      ))}
      {problem !== undefined && <p className={classes.notFound}>This page cannot be drawn. {problem}</p>}
      {passage !== undefined && boxes?.length === 0 && (
        <p className={classes.notFound}>The passage is on this page, and its place could not be found.</p>
      )}
    </section>
  )
}
