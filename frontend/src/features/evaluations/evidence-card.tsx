import { useMutation } from '@tanstack/react-query'

import type { Evaluation } from '@/api/evaluations'
import { CommandLine } from '@/components/command-line'
import { Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { evidenceKeys, evidenceLink } from '@/features/evaluations/queries'
import { StandingBadge } from '@/features/evaluations/standing-badge'
import { saveFile } from '@/lib/save-file'

const KEY_FILE = 'evidence.pem'

/** What to type, where both files were saved. The digest names the file as it is downloaded. */
export const verifyLine = (digest: string, contentHash: string): string =>
  `ambit evidence verify ${digest}.zip --key ${KEY_FILE} --content-hash ${contentHash}`

/** Opens a URL of the API's, that lives for some minutes, as a download: it never enters the page. */
function follow(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.rel = 'noopener noreferrer'
  link.click()
}

type Proven = Evaluation & { evidenceDigest: string }

const isProven = (one: Evaluation): one is Proven => Boolean(one.evidenceDigest)

function Bundle({ one, named }: { one: Proven; named: boolean }) {
  const get = useMutation({
    mutationFn: () => evidenceLink(one.evaluationId),
    onSuccess: ({ url }) => follow(url),
  })
  return (
    <li className="space-y-2 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="flex min-w-56 flex-1 flex-wrap items-center gap-2">
          {named && (
            <>
              <span className="font-semibold">{one.suite}</span> <StandingBadge one={one} />
            </>
          )}
          <span className="text-ink-soft">
            SHA-256 <ShortId id={one.evidenceDigest} />
          </span>
        </p>
        <Button disabled={get.isPending} onClick={() => get.mutate()}>
          {get.isPending ? 'Asking…' : 'Download the bundle'}{' '}
          <span className="sr-only">of {one.evaluationId}</span>
        </Button>
      </div>
      {get.isError && <ProblemAlert error={get.error} />}
      <CommandLine
        text={verifyLine(one.evidenceDigest, one.contentHash)}
        name={`the line that verifies the evidence by ${one.suite}`}
      />
    </li>
  )
}

function KeyButton() {
  const get = useMutation({
    mutationFn: evidenceKeys,
    onSuccess: (keys) =>
      saveFile(
        KEY_FILE,
        keys.map(({ pem }) => pem),
        'application/x-pem-file',
      ),
  })
  return (
    <span className="flex flex-wrap items-center gap-3">
      {get.isError && <span className="text-sm text-bad">The key cannot be read. Try again.</span>}
      <Button disabled={get.isPending} onClick={() => get.mutate()}>
        Download the public key
      </Button>
    </span>
  )
}

interface EvidenceCardProps {
  of: readonly Evaluation[]
  /** Whether each is named, where there may be several. */
  named?: boolean
}

/** What proves evaluations to anybody, offline: the signed bundles, the key, and the line to type. */
export function EvidenceCard({ of, named = false }: EvidenceCardProps) {
  const proven = of.filter(isProven)
  return (
    <Card title="Evidence" labelledBy="evidence" actions={proven.length > 0 && <KeyButton />}>
      {proven.length === 0 ? (
        <p className="text-ink-soft">
          None yet. An evaluation that comes to its end with every case decided leaves a signed bundle.
        </p>
      ) : (
        <div className="space-y-3">
          <p className="max-w-prose text-ink-soft">
            Signed by a key that the evaluation worker alone uses. Whoever has the bundle and the public key
            verifies it offline with <Mono>ambit</Mono>. Take the key from where you trust it.
          </p>
          <ul aria-label="Bundles of evidence" className="divide-y divide-line">
            {proven.map((one) => (
              <Bundle key={one.evaluationId} one={one} named={named} />
            ))}
          </ul>
        </div>
      )}
    </Card>
  )
}
