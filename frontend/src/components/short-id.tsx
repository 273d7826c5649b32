/** An id or a hash cut in the middle: how it begins says when it was made, how it ends tells it from others. */
export function shortOf(id: string): string {
  const at = id.indexOf('_') + 1
  return id.length <= at + 14 ? id : `${id.slice(0, at + 4)}…${id.slice(-6)}`
}

export function ShortId({ id }: { id: string }) {
  return (
    <span className="font-mono text-[0.8125rem] whitespace-nowrap" title={id}>
      {shortOf(id)}
    </span>
  )
}
