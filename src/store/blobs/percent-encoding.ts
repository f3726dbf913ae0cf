/** Whether each % of an address begins an encoded sign. A password with a % of its own would be read as another one. */
export function isPercentEncoded(address: string): boolean {
  try {
    decodeURIComponent(address)
    return true
  } catch {
    return false
  }
}

/** The problem, in words that follow the name of a setting. */
export const badEncoding = 'has a % that begins no encoded sign: write a % in it as %25'
