import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the pages with live reload and leaves the API and the session to a running platform.
const platform = process.env.AMBIT_URL ?? 'http://127.0.0.1:8080'

/** How many bytes of scripts a browser may have to fetch, gzipped: for the first page, and what any other page adds. */
const BUDGET = { first: 155_000, more: 30_000 }

/** Fails the build when the scripts that a page needs are larger than its budget. */
const withinBudget = (): Plugin => ({
  name: 'within-budget',
  apply: 'build',
  generateBundle(_, bundle) {
    const needs = (name: string, seen: Set<string>): Set<string> => {
      const file = bundle[name]
      if (file?.type !== 'chunk' || seen.has(name)) return seen
      seen.add(name)
      for (const other of file.imports) needs(other, seen)
      return seen
    }
    const bytes = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => {
        const file = bundle[name]
        return sum + (file?.type === 'chunk' ? gzipSync(file.code).length : 0)
      }, 0)
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
    const first = new Set(
      chunks.filter(({ isEntry }) => isEntry).flatMap(({ fileName }) => [...needs(fileName, new Set())]),
    )
    const check = (name: string, size: number, most: number) => {
      if (size > most) this.error(`${name} needs ${size} bytes of scripts, gzipped; the budget is ${most}`)
    }
    check('the first page', bytes(first), BUDGET.first)
    for (const { fileName, isDynamicEntry } of chunks) {
      if (isDynamicEntry) check(fileName, bytes(needs(fileName, new Set(first))) - bytes(first), BUDGET.more)
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
