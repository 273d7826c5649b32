import { useMutation } from '@tanstack/react-query'

import { getJson } from '@/api/client'
import type { Json } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'

interface Left {
  fileId: string
  name: string
}

/** The files that an output names: `{"files": [{"fileId", "name"}]}` is how agents say what they wrote. */
export function filesIn(output: Json): Left[] {
  if (output === null || typeof output !== 'object' || Array.isArray(output) || !Array.isArray(output.files))
    return []
  return output.files.flatMap((file) => {
    if (file === null || typeof file !== 'object' || Array.isArray(file)) return []
    const { fileId, name } = file
    return typeof fileId === 'string' && typeof name === 'string' ? [{ fileId, name }] : []
  })
}

async function download({ fileId }: Left): Promise<void> {
  const { downloadUrl } = await getJson<{ downloadUrl?: string | null }>(
    `/v1/files/${encodeURIComponent(fileId)}`,
  )
  if (downloadUrl) window.location.assign(downloadUrl) // an attachment: the browser saves it and the page stays
}

/** A button for each file that an agent left behind. */
export function FilesOf({ output }: { output: Json }) {
  const fetching = useMutation({ mutationFn: download })
  const files = filesIn(output)
  if (files.length === 0) return null
  return (
    <div className="space-y-3 border-b p-4">
      <ul aria-label="Files the agent wrote" className="flex flex-wrap gap-2">
        {files.map((file) => (
          <li key={file.fileId}>
            <Button onClick={() => fetching.mutate(file)}>Download {file.name}</Button>
          </li>
        ))}
      </ul>
      {fetching.isError && <ProblemAlert error={fetching.error} />}
    </div>
  )
}
