import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { WrappedPdfiumModule } from '@embedpdf/pdfium'

const wasmPage = 65_536

/** The used parts of WebAssembly. Its types are available only together with those of browsers. */
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
interface Instance {
  exports: Record<string, unknown>
}
interface Platform {
  WebAssembly: {
    Module: new (binary: Uint8Array) => object
    Instance: new (module: object, imports: object) => Instance
  }
}

export interface Pdfium {
  api: WrappedPdfiumModule
  /** The size of its memory in bytes. It never shrinks. */
  memory: () => number
  /** Whether it requested more memory than allowed. After that it has usually crashed. */
  starved: () => boolean
  alloc(bytes: number): number
  free(address: number): void
  /** Reads a number of UTF-16 units at an address. */
  text(address: number, units: number): string
}

/** Starts an instance of PDFium whose memory has a limit of `maxMb`. Allocations that exceed it fail inside PDFium. */
export async function startPdfium(maxMb: number): Promise<Pdfium> {
  const [{ init }, binary] = await Promise.all([
    import('@embedpdf/pdfium'),
    readFile(createRequire(import.meta.url).resolve('@embedpdf/pdfium/pdfium.wasm')),
  ])
  const { WebAssembly } = globalThis as unknown as Platform
  let memory: Memory | undefined
  let starved = false
  const settings = {
    // The output is dropped, because PDFium prints messages about damaged files for its own developers.
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm(imports: object, done: (instance: Instance) => unknown) {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports)
      memory = instance.exports['memory'] as Memory
      limit(memory, maxMb, () => (starved = true))
      done(instance)
      return instance.exports
    },
  }
  const api = await init(settings as unknown as Parameters<typeof init>[0])
  api.PDFiumExt_Init()
  const { malloc, free } = api.pdfium.wasmExports
  return {
    api,
    memory: () => memory?.buffer.byteLength ?? 0,
    starved: () => starved,
    alloc(bytes) {
      const address = malloc(bytes)
      if (address === 0) throw new Error('PDFium is out of memory')
      return address
    },
    free,
    text: (address, units) =>
      Buffer.from(memory?.buffer ?? new ArrayBuffer(0), address, units * 2).toString('utf16le'),
  }
}

/**
 * Reads a text that PDFium writes as UTF-16 with a zero at the end. `read` is first called with a size of 0 and returns
 * the required number of bytes. Empty when the text has more than `maxUnits` UTF-16 units, because PDFium writes either
 * all of a text or nothing.
 */
export function wideText(
  pdfium: Pdfium,
  read: (address: number, bytes: number) => number,
  maxUnits: number,
): string {
  const bytes = read(0, 0)
  if (bytes <= 2 || bytes > maxUnits * 2) return ''
  const address = pdfium.alloc(bytes)
  try {
    return read(address, bytes) > bytes ? '' : pdfium.text(address, bytes / 2 - 1)
  } finally {
    pdfium.free(address)
  }
}

/** Emscripten calls this method to get more memory, and treats an exception as a refusal. */
function limit(memory: Memory, maxMb: number, refused: () => void): void {
  const grow = memory.grow.bind(memory)
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * wasmPage <= maxMb * 2 ** 20) return grow(pages)
    refused()
    throw new RangeError('PDFium is too large')
  }
}

export interface OpenDocument {
  /** The handle of the document. 0 when it cannot be opened, and then FPDF_GetLastError has the reason. */
  document: number
  /**
   * Closes the document. When the instance has crashed, no function of it can be called, so only the file is closed.
   */
  close(trapped: boolean): void
}

/** Opens a document of any size without loading it into memory. PDFium requests the ranges that it needs. */
export function openDocument(pdfium: Pdfium, path: string, bytes: number): OpenDocument {
  const { api } = pdfium
  const file = openSync(path, 'r')
  try {
    const getBlock = api.pdfium.addFunction(
      (_: number, position: number, address: number, size: number): number =>
        readRange(file, position >>> 0, new Uint8Array(heapOf(pdfium), address, size >>> 0)) ? 1 : 0,
      'iiiii',
    )
    // struct { unsigned long m_FileLen; int (*m_GetBlock)(); void* m_Param; }
    const access = pdfium.alloc(12)
    new Uint32Array(heapOf(pdfium), access, 3).set([bytes, getBlock, 0])
    const document = api.FPDF_LoadCustomDocument(access, '')
    return {
      document,
      close(trapped) {
        try {
          if (trapped) return
          if (document !== 0) api.FPDF_CloseDocument(document)
          pdfium.free(access)
          api.pdfium.removeFunction(getBlock)
        } finally {
          closeSync(file)
        }
      },
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function readRange(file: number, position: number, target: Uint8Array): boolean {
  for (let at = 0; at < target.length;) {
    const read = readSync(file, target, at, target.length - at, position + at)
    if (read === 0) return false
    at += read
  }
  return true
}

const heapOf = ({ api }: Pdfium): ArrayBuffer => api.pdfium.HEAPU8.buffer as ArrayBuffer
