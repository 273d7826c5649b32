import { useCallback, useEffect, useRef, useState } from 'react'

import { uploadFile } from '@/features/files/upload'

export interface UploadItem {
  key: string
  name: string
  bytes: number
  share: number
  fileId?: string
  error?: unknown
}

/** The files chosen for one invocation, each uploading at once. */
export function useUploads() {
  const [items, setItems] = useState<UploadItem[]>([])
  const running = useRef(new Map<string, AbortController>())

  const change = useCallback((key: string, changes: Partial<UploadItem>) => {
    setItems((now) => now.map((item) => (item.key === key ? { ...item, ...changes } : item)))
  }, [])

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = crypto.randomUUID()
        const controller = new AbortController()
        running.current.set(key, controller)
        setItems((now) => [...now, { key, name: file.name, bytes: file.size, share: 0 }])
        uploadFile(file, (share) => change(key, { share }), controller.signal)
          .then((fileId) => change(key, { fileId, share: 1 }))
          .catch((error: unknown) => change(key, { error }))
          .finally(() => running.current.delete(key))
      }
    },
    [change],
  )

  const remove = useCallback((key: string) => {
    running.current.get(key)?.abort()
    setItems((now) => now.filter((item) => item.key !== key))
  }, [])

  useEffect(() => {
    const controllers = running.current
    return () => controllers.forEach((controller) => controller.abort())
  }, [])

  const pending = items.some((item) => item.fileId === undefined && item.error === undefined)
  const fileIds = items.flatMap((item) => item.fileId ?? [])
  return { items, add, remove, pending, fileIds }
}
