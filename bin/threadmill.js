#!/usr/bin/env node
// Plain JavaScript without an import statement: a Node that is too old for the rest can read it, and says so.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(
    `Threadmill needs Node 24.12 or newer; this is ${process.versions.node}. ` +
      'In a clone, "npm start" brings the right one along.',
  )
  process.exit(1)
}

// The package holds what was built; a clone runs its sources.
const { existsSync } = await import('node:fs')
const sources = new URL('../src/main.ts', import.meta.url)
await import(existsSync(sources) ? sources.href : new URL('../dist/main.js', import.meta.url).href)
