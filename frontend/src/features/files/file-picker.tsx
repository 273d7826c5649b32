import { type DragEvent, useId, useRef, useState } from 'react'

import { problemOf } from '@/api/problem'
import { Button } from '@/components/ui/button'
import type { UploadItem, useUploads } from '@/features/files/use-uploads'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'

function stateOf(item: UploadItem): string {
  if (item.error) return problemOf(item.error).detail ?? 'Upload failed.'
  return item.fileId ? 'Uploaded' : `${Math.round(item.share * 100)} %`
}

function Row({ item, onRemove }: { item: UploadItem; onRemove: () => void }) {
  return (
    <li className="space-y-1.5 px-3 py-2">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 truncate">{item.name}</span>
        <span className="text-xs whitespace-nowrap text-ink-soft tabular-nums">
          {formatBytes(item.bytes)}
        </span>
        <span
          className={cn('text-xs', item.error ? 'text-bad' : item.fileId ? 'text-good' : 'text-ink-soft')}
        >
          {stateOf(item)}
        </span>
        <Button
          look="quiet"
          className="min-h-7 px-2 py-0.5"
          onClick={onRemove}
          aria-label={`Remove ${item.name}`}
        >
          Remove
        </Button>
      </div>
      {!item.fileId && !item.error && (
        <progress value={item.share} max={1} aria-label={`Uploading ${item.name}`} className="block" />
      )}
    </li>
  )
}

/** Choose files, or drop them; each goes up at once. */
export function FilePicker({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const id = useId()
  const { items, add, remove } = uploads
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    add(event.dataTransfer.files)
  }
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        Files
      </label>
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping is a second way: the input inside does the same */}
      <div
        className={cn(
          'rounded-md border border-dashed border-line-strong/70',
          over && 'border-accent bg-accent-soft',
        )}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div className="flex flex-wrap items-center gap-3 px-3 py-2 text-ink-soft">
          <input
            ref={input}
            id={id}
            type="file"
            multiple
            className="max-w-full text-sm file:mr-3 file:min-h-8 file:cursor-pointer file:rounded-md file:border file:border-line-strong/60 file:bg-surface file:px-3 file:text-sm file:font-medium file:text-ink hover:file:bg-sunken"
            onChange={({ target }) => {
              add(target.files ?? [])
              target.value = ''
            }}
          />
          <span className="text-xs">You can also drop files here.</span>
        </div>
        {items.length > 0 && (
          <ul aria-label="Chosen files" className="divide-y divide-line border-t">
            {items.map((item) => (
              <Row key={item.key} item={item} onRemove={() => remove(item.key)} />
            ))}
          </ul>
        )}
      </div>
      <p role="status" className="sr-only">
        {items.map((item) => `${item.name}: ${stateOf(item)}`).join('. ')}
      </p>
    </div>
  )
}
