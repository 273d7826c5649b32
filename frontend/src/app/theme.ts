// Light, dark, or as the system says. The choice is kept in local storage: it is the only thing this app keeps there.
import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'ambit-theme'
const listeners = new Set<() => void>()
const darkSystem = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)')

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  paint()
  listeners.forEach((listener) => listener())
}

export function applyTheme(): void {
  paint()
  darkSystem().addEventListener('change', paint)
}

function paint(): void {
  const theme = chosenTheme()
  const dark = theme === 'dark' || (theme === 'system' && darkSystem().matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, chosenTheme)
