import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the pages with live reload and leaves the API and the session to a running platform.
const platform = process.env.AMBIT_URL ?? 'http://127.0.0.1:8080'

/** How many bytes a browser may have to fetch, gzipped: what every page needs, and what any one page adds. */
const BUDGET = { entry: 165_000, chunk: 40_000 }

/** Fails the build when a script is larger than its budget. */
const withinBudget = (): Plugin => ({
  name: 'within-budget',
  apply: 'build',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue
      const bytes = gzipSync(file.code).length
      const most = file.isEntry ? BUDGET.entry : BUDGET.chunk
      if (bytes > most) this.error(`${file.fileName} has ${bytes} bytes gzipped; its budget is ${most}`)
    }
  },
})

export default defineConfig({
  plugins: [react(), tailwindcss(), withinBudget()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { host: '127.0.0.1', proxy: { '/v1': platform, '/bff': platform } },
  build: {
    target: 'es2023',
    sourcemap: true,
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    restoreMocks: true,
  },
})
