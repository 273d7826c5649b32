import { type Theme, chooseTheme, useTheme } from '@/app/theme'

const NAMES: Record<Theme, string> = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' }

export function ThemeChoice() {
  const theme = useTheme()
  return (
    <select
      aria-label="Theme"
      value={theme}
      onChange={(event) => chooseTheme(event.target.value as Theme)}
      className="min-h-9 rounded-md border border-line-strong/60 bg-surface px-2 text-sm text-ink-soft"
    >
      {Object.entries(NAMES).map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  )
}
