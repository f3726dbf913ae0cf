import { hash } from 'node:crypto'

/**
 * The name under which models know a function of a server. Names of functions are short and have few signs, and functions of
 * two servers may have one name.
 */
export function mcpFunctionName(label: string, name: string): string {
  const whole = `${label}__${name}`
  const plain = whole.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
  return plain === whole && plain.length <= 64
    ? plain
    : `${plain.slice(0, 55)}_${hash('sha256', whole, 'hex').slice(0, 8)}`
}
