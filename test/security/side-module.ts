/**
 * Python that makes a WebAssembly side module of Emscripten by hand: its one export, `__em_js__evil`, is the address of
 * text that the dynamic linker would take for the source of a JavaScript function.
 */
export const sideModule = `
def side_module(text):
    def number(n):
        out = b''
        while True:
            n, part = n >> 7, n & 127
            if n == 0: return out + bytes([part])
            out += bytes([part | 128])
    def name(s): return number(len(s)) + s
    def section(kind, body): return bytes([kind]) + name(body)
    memory_info = number(len(text)) + number(0) + number(0) + number(0)
    parts = [section(0, name(b'dylink.0') + bytes([1]) + name(memory_info))]
    memory = name(b'env') + name(b'memory') + bytes([2, 0]) + number(0)
    base = name(b'env') + name(b'__memory_base') + bytes([3, 0x7f, 0])
    parts.append(section(2, number(2) + memory + base))
    parts.append(section(6, number(1) + bytes([0x7f, 0, 0x41, 0, 0x0b])))
    parts.append(section(7, number(1) + name(b'__em_js__evil') + bytes([3]) + number(1)))
    parts.append(section(11, number(1) + number(0) + bytes([0x23, 0, 0x0b]) + name(text)))
    return bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) + b''.join(parts)
`
