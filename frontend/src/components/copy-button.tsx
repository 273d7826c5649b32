import { useEffect, useState } from 'react'

import { Button } from '@/components/ui/button'

const SAID_MS = 2000

/** Puts a text into the clipboard. `name` says what it is to those who do not see where the button stands. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (!said) return undefined
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed'),
    )
  return (
    <>
      <Button look="quiet" className="min-h-7 px-2 py-0.5 text-xs" onClick={() => void copy()}>
        {said || 'Copy'}
        {!said && <span className="sr-only"> {name}</span>}
      </Button>
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  )
}
