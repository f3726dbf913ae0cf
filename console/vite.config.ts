import { defineConfig } from 'vite'
import { withoutUnusedResources } from './unused-resources.ts'

// Vite wants it as the default export.
// oxlint-disable-next-line import/no-default-export
export default defineConfig({
  // The server says in the page where the root is (`<base>`), and modules find each other from there.
  base: './',
  plugins: [withoutUnusedResources],
  build: {
    // WebAssembly and pictures keep files of their own: the content security policy allows no others.
    assetsInlineLimit: 0,
    // These know `light-dark()`, which otherwise becomes variables that nobody sets.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      onLog(level, log, handle) {
        // Components say "use client" for servers that render pages.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
    },
  },
  worker: { format: 'es' },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
})
