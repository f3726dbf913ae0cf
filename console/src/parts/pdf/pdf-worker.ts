import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium'
import wasmAddress from '@embedpdf/pdfium/pdfium.wasm?url'
import { drawPage } from './draw-page.ts'
import { findOnPage } from './find-on-page.ts'
import type { PageSize, Reply, Request } from './pdf-requests.ts'

// A thread of its own: a damaged or malicious document stops no page, and goes with its thread.
const starting = start()
let document = 0

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  void handle(data).then(
    (answer) => reply({ id: data.id, answer }, answer instanceof ImageData ? [answer.data.buffer] : []),
    (error: unknown) => reply({ id: data.id, error: error instanceof Error ? error.message : String(error) }),
  )
})

async function handle(request: Request) {
  const pdfium = await starting
  if (request.type === 'open') return open(pdfium, request.bytes)
  const page = pdfium.FPDF_LoadPage(document, request.page)
  if (page === 0) throw new Error('This page is damaged.')
  try {
    return request.type === 'draw'
      ? drawPage(pdfium, page, request.width)
      : findOnPage(pdfium, page, request.text)
  } finally {
    pdfium.FPDF_ClosePage(page)
  }
}

async function start(): Promise<WrappedPdfiumModule> {
  const wasmBinary = await (await fetch(wasmAddress)).arrayBuffer()
  const pdfium = await init({ wasmBinary })
  pdfium.PDFiumExt_Init()
  return pdfium
}

/** The bytes stay in the memory of PDFium as long as the document is open, which is as long as the thread lives. */
function open(pdfium: WrappedPdfiumModule, bytes: ArrayBuffer): PageSize[] {
  const address = pdfium.pdfium.wasmExports.malloc(bytes.byteLength)
  if (address === 0) throw new Error('It takes too much memory.')
  pdfium.pdfium.HEAPU8.set(new Uint8Array(bytes), address)
  document = pdfium.FPDF_LoadMemDocument(address, bytes.byteLength, '')
  if (document === 0)
    throw new Error(
      pdfium.FPDF_GetLastError() === passwordNeeded ? 'It is protected by a password.' : 'It is damaged.',
    )
  const size = pdfium.pdfium.wasmExports.malloc(8)
  const sizes = Array.from({ length: pdfium.FPDF_GetPageCount(document) }, (_, index) => {
    pdfium.FPDF_GetPageSizeByIndexF(document, index, size)
    const values = new DataView(pdfium.pdfium.HEAPU8.buffer, size, 8)
    return { width: values.getFloat32(0, true) || 1, height: values.getFloat32(4, true) || 1 }
  })
  pdfium.pdfium.wasmExports.free(size)
  return sizes
}

const passwordNeeded = 4

const reply = (message: Reply, transfer: Transferable[] = []) => postMessage(message, { transfer })
