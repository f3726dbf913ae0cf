import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { WrappedPdfiumModule } from '@embedpdf/pdfium'

const wasmPage = 65_536

/** What is used of the platform's own, whose types come with those of browsers only. */
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
  /** Bytes of its memory, which never shrinks. */
  memory: () => number
  /** Whether it asked for more than it may have, after which it has mostly trapped. */
  starved: () => boolean
  alloc(bytes: number): number
  free(address: number): void
  /** UTF-16 units at an address. */
  text(address: number, units: number): string
}

/** An instance of PDFium whose memory grows to `maxMb` and no further: what is past it fails inside PDFium. */
export async function startPdfium(maxMb: number): Promise<Pdfium> {
  const [{ init }, binary] = await Promise.all([
    import('@embedpdf/pdfium'),
    readFile(createRequire(import.meta.url).resolve('@embedpdf/pdfium/pdfium.wasm')),
  ])
  const { WebAssembly } = globalThis as unknown as Platform
  let memory: Memory | undefined
  let starved = false
  const settings = {
    // What PDFium prints about damaged files is for its developers.
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
 * A text that PDFium writes as UTF-16 with a zero at its end. `read` is called with no room first, and gives how many bytes
 * there are. Empty where there are more than `maxUnits` UTF-16 units: PDFium writes all of a text or nothing.
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

/** Emscripten grows memory by this method and takes an exception for a refusal. */
function limit(memory: Memory, maxMb: number, refused: () => void): void {
  const grow = memory.grow.bind(memory)
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * wasmPage <= maxMb * 2 ** 20) return grow(pages)
    refused()
    throw new RangeError('PDFium is too large')
  }
}

export interface OpenDocument {
  /** 0 where it cannot be opened: FPDF_GetLastError says why. */
  document: number
  /** After a trap nothing in the instance can be called, and only the file is closed. */
  close(trapped: boolean): void
}

/** Opens a document of any size without taking it into memory: PDFium asks for the ranges that it needs. */
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
