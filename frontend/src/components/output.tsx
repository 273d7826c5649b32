import type { Json } from '@/api/types'

/** What an agent returned: prose as prose, data as indented JSON. */
export function Output({ value }: { value: Json }) {
  const prose = typeof value === 'string'
  return (
    <pre
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      className={`max-h-[32rem] overflow-auto p-4 text-sm leading-relaxed break-words whitespace-pre-wrap ${prose ? 'font-sans' : 'font-mono text-[0.8125rem]'}`}
    >
      {prose ? value : JSON.stringify(value, null, 2)}
    </pre>
  )
}
