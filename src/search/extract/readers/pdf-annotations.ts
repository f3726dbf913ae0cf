import { wideText, type Pdfium } from './pdfium.ts'

// PDFium's codes for types of annotations and of form fields.
const kinds = { link: 2, freeText: 3, stamp: 13, popup: 16, widget: 20 }
const fields = { button: 1, checkbox: 2, radio: 3, combo: 4, list: 5, signature: 7 }
const hidden = 2
const password = 1 << 13

const maxAnnotations = 5000
const maxOptions = 50
/** The maximum length of a value or remark, in UTF-16 units. */
const maxValue = 50_000

/**
 * The form of a document, which must be open while its values are read. `handle` is 0 when the document has no form.
 */
export interface PdfForm {
  handle: number
  /** Must be called after the pages are closed and before the document is closed. */
  close(): void
}

export function openForm({ api }: Pdfium, document: number): PdfForm {
  if (api.FPDF_GetFormType(document) === 0) return { handle: 0, close: () => {} }
  const info = api.PDFiumExt_OpenFormFillInfo()
  const handle = api.PDFiumExt_InitFormFillEnvironment(document, info)
  return {
    handle,
    close() {
      if (handle !== 0) api.PDFiumExt_ExitFormFillEnvironment(handle)
      api.PDFiumExt_CloseFormFillInfo(info)
    },
  }
}

/** The text of a page's annotations, and the indexes of those whose text is only in their appearance. */
export interface Annotations {
  lines: string[]
  count: number
  drawn: Set<number>
}

/**
 * The values of form fields with their labels, and remarks of people on the page. Each has one line, in the order of
 * the file.
 */
export function readAnnotations(pdfium: Pdfium, form: number, page: number): Annotations {
  const { api } = pdfium
  const lines = new Set<string>()
  const drawn = new Set<number>()
  const count = Math.min(api.FPDFPage_GetAnnotCount(page), maxAnnotations)
  for (let at = 0; at < count; at++) {
    const annotation = api.FPDFPage_GetAnnot(page, at)
    if (annotation === 0) continue
    try {
      if (api.FPDFAnnot_GetFlags(annotation) & hidden) continue
      const kind = api.FPDFAnnot_GetSubtype(annotation)
      // A field may have several buttons, but its line is written once.
      if (kind === kinds.widget) lines.add(fieldLine(pdfium, form, annotation))
      else if (kind !== kinds.link && kind !== kinds.popup) {
        const remark = remarkLine(pdfium, annotation)
        lines.add(remark)
        if (kind === kinds.stamp || (kind === kinds.freeText && remark === '')) drawn.add(at)
      }
    } finally {
      api.FPDFPage_CloseAnnot(annotation)
    }
  }
  lines.delete('')
  return { lines: [...lines], count, drawn }
}

function fieldLine(pdfium: Pdfium, form: number, field: number): string {
  const { api } = pdfium
  const type = form === 0 ? -1 : api.FPDFAnnot_GetFormFieldType(form, field)
  if (type <= 0) return strayLine(pdfium, field)
  if (type === fields.button || type === fields.signature) return ''
  if (api.FPDFAnnot_GetFormFieldFlags(form, field) & password) return ''
  const text = (read: (address: number, bytes: number) => number) => wideText(pdfium, read, maxValue).trim()
  const written = text((address, bytes) => api.FPDFAnnot_GetFormFieldValue(form, field, address, bytes))
  const value =
    type === fields.checkbox
      ? checked(own(pdfium, field, 'AS') || own(pdfium, field, 'V') || written)
      : type === fields.combo || type === fields.list
        ? chosen(pdfium, form, field, written)
        : type === fields.radio && written === 'Off'
          ? ''
          : written
  const label =
    text((address, bytes) => api.FPDFAnnot_GetFormFieldAlternateName(form, field, address, bytes)) ||
    text((address, bytes) => api.FPDFAnnot_GetFormFieldName(form, field, address, bytes))
  return value && labelled(label, value)
}

/** A field that is not part of the document's form. Programs that combine pages leave such fields. */
function strayLine(pdfium: Pdfium, field: number): string {
  const value = own(pdfium, field, 'V')
  return value && value !== 'Off' ? labelled(own(pdfium, field, 'TU') || own(pdfium, field, 'T'), value) : ''
}

/** The value of a check box. The name of its checked state is included when it says more than "yes". */
function checked(state: string): string {
  if (state === '' || state === 'Off') return 'no'
  return /^(yes|on|true|1|x)$/i.test(state) ? 'yes' : `yes (${state})`
}

/** The chosen options with the labels that the form shows, and the list of all options. */
function chosen(pdfium: Pdfium, form: number, field: number, written: string): string {
  const { api } = pdfium
  const count = Math.min(api.FPDFAnnot_GetOptionCount(form, field), maxOptions)
  const options = Array.from({ length: Math.max(count, 0) }, (_, at) => ({
    label: wideText(
      pdfium,
      (address, bytes) => api.FPDFAnnot_GetOptionLabel(form, field, at, address, bytes),
      maxValue,
    ).trim(),
    selected: Boolean(api.FPDFAnnot_IsOptionSelected(form, field, at)),
  })).filter(({ label }) => label !== '')
  const selected = options.filter((option) => option.selected).map(({ label }) => label)
  const value = selected.join(', ') || written
  if (options.length === 0) return value
  return `${value || 'nothing chosen'} (of ${options.map(({ label }) => label).join(', ')})`
}

/** A remark, which may be a text on the page itself, a note, or the comment of a highlight. */
function remarkLine(pdfium: Pdfium, annotation: number): string {
  const text =
    own(pdfium, annotation, 'Contents') ||
    own(pdfium, annotation, 'RC')
      .replaceAll(/<[^<>]*>/g, ' ')
      .trim()
  return text && labelled(own(pdfium, annotation, 'T'), text)
}

/** A text of the annotation's own dictionary. */
const own = (pdfium: Pdfium, annotation: number, key: string): string =>
  wideText(
    pdfium,
    (address, bytes) => pdfium.api.FPDFAnnot_GetStringValue(annotation, key, address, bytes),
    maxValue,
  ).trim()

const labelled = (label: string, value: string) => (label ? `${label.replace(/\s*:$/, '')}: ${value}` : value)
