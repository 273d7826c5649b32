import type { Json } from '@/api/types'

/** What an agent returned: prose as prose, data as indented JSON, its summary first when it has one. */
export function Output({ value }: { value: Json }) {
  const summary = summaryOf(value)
  return (
    <>
      {summary && <p className="px-4 pt-4 leading-relaxed">{summary}</p>}
      <Box value={value} />
    </>
  )
}

function summaryOf(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  return typeof value.summary === 'string' ? value.summary : undefined
}

function Box({ value }: { value: Json }) {
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
