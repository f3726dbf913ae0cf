/** In points, of which an inch has 72. */
export interface PageSize {
  width: number
  height: number
}

/** A rectangle on a page, in shares of its width and height, from the top left. */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** What the worker is asked, and what it answers. Pages count from 0. */
export interface PdfRequests {
  open: { given: { bytes: ArrayBuffer }; answer: PageSize[] }
  /** `width` is in pixels of the device. */
  draw: { given: { page: number; width: number }; answer: ImageData }
  /** Where a text stands on a page. Empty when it is not found. */
  find: { given: { page: number; text: string }; answer: Box[] }
}

export type Request = {
  [Type in keyof PdfRequests]: { id: number; type: Type } & PdfRequests[Type]['given']
}[keyof PdfRequests]

export type Reply = { id: number; answer: unknown } | { id: number; error: string }
