import { type ReactNode, useEffect, useId, useRef } from 'react'

/** Where the focus was, or the page's heading when what was done took that away. */
function focusAgain(opener: Element | null): void {
  const target = opener?.isConnected ? opener : document.querySelector('main h1')
  if (target instanceof HTMLElement) target.focus()
}

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
}

/**
 * A question that must be answered first: the rest of the page is out of reach meanwhile, Escape closes it, and the
 * focus returns. Render it to open it.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId()
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const opener = document.activeElement
    const dialog = box.current
    dialog?.showModal()
    return () => {
      dialog?.close()
      focusAgain(opener)
    }
  }, [])
  return (
    <dialog
      ref={box}
      aria-labelledby={id}
      // a browser may close it by itself (Escape twice); then the page must know
      onClose={() => !box.current?.open && onClose()}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      className="m-auto w-full max-w-lg rounded-lg border bg-surface p-0 text-ink backdrop:bg-black/50"
    >
      <div className="space-y-4 p-5">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
