// A file's way to the tenant's bucket: declared to the API, then put straight to storage at a presigned address.
import { postJson } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { Upload } from '@/api/types'

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  jsonl: 'application/jsonl',
  txt: 'text/plain',
  md: 'text/markdown',
  parquet: 'application/vnd.apache.parquet',
}

/** The media type: by name first, since browsers call a CSV what the machine's spreadsheet calls it. */
export function contentTypeOf(file: { name: string; type: string }): string {
  const extension = file.name.split('.').at(-1)?.toLowerCase() ?? ''
  return TYPES[extension] ?? (file.type || 'application/octet-stream')
}

/** Upload a file and return its id; `onProgress` is told the share sent, 0 to 1. */
export async function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const contentType = contentTypeOf(file)
  const declared = { name: file.name, contentType, bytes: file.size, uploadHeaders: true }
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const { fileId, uploadUrl, uploadHeaders } = await postJson<Upload>('/v1/files', declared, {
    headers,
    signal,
  })
  await put(uploadUrl, file, uploadHeaders, onProgress, signal)
  return fileId
}

function refused(status: number): ApiProblem {
  const detail = 'The storage did not take the file. Try again.'
  return new ApiProblem({ title: 'Upload failed', status, detail, code: 'UPLOAD_FAILED', errors: [] })
}

/** XMLHttpRequest, because fetch does not tell how much of a body has been sent. */
function put(
  url: string,
  file: File,
  headers: Record<string, string>,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value))
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0)
    request.onload = () => (request.status < 300 ? resolve() : reject(refused(request.status)))
    request.onerror = () => reject(refused(0))
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}
