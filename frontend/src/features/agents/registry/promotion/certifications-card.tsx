import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Certification, Version } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { CertifyDialog } from '@/features/agents/registry/promotion/certify-dialog'
import { Person } from '@/features/bff/person'
import { revokeCertification, useCertifications } from '@/features/agents/registry/promotion/queries'
import {
  type CertificationStanding,
  notToCertify,
  standingOf,
} from '@/features/agents/registry/promotion/standing'
import { registryChanged } from '@/features/agents/registry/queries'
import { useProfile } from '@/features/bff/session'
import { sentenceCase } from '@/lib/format'
import { useNow } from '@/lib/use-now'

const TONES: Record<CertificationStanding, Tone> = {
  holds: 'good',
  expired: 'warn',
  revoked: 'neutral',
  'does not count': 'bad',
}
const kindName = (kind: string): string => sentenceCase(kind.replaceAll('-', ' '))

function Row({ one, now, onRevoke }: { one: Certification; now: number; onRevoke: () => void }) {
  const standing = standingOf(one, now)
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-56 flex-1 space-y-0.5">
        <p className="flex flex-wrap items-center gap-2 font-semibold">
          {kindName(one.kind)} <Badge tone={TONES[standing]}>{sentenceCase(standing)}</Badge>
        </p>
        <p className="text-xs text-ink-soft">
          By <Person id={one.grantedBy} />, <Time at={one.issuedAt} />. Until <Time at={one.expiresAt} />.
        </p>
        {one.note && <p className="text-sm break-words">{one.note}</p>}
        {one.revokedBy && (
          <p className="text-sm break-words">
            Revoked by <Person id={one.revokedBy} />, <Time at={one.revokedAt} />: {one.revokedReason}
          </p>
        )}
      </div>
      {standing === 'holds' && (
        <Button look="danger" onClick={onRevoke}>
          Revoke <span className="sr-only">the {kindName(one.kind).toLowerCase()}</span>
        </Button>
      )}
    </li>
  )
}

function RevokeDialog({ one, onClose }: { one: Certification; onClose: () => void }) {
  const client = useQueryClient()
  return (
    <ConfirmDialog
      reason
      title={`Revoke the ${kindName(one.kind).toLowerCase()}`}
      action="Revoke"
      run={async (reason) => {
        await revokeCertification(one, reason)
        await registryChanged(client)
      }}
      onClose={onClose}
    >
      <p>
        It holds no more, and for good. A version that is approved stays so; its next approval is refused.
      </p>
    </ConfirmDialog>
  )
}

function List({ found, onRevoke }: { found: Certification[]; onRevoke: (one: Certification) => void }) {
  const now = useNow(false)
  if (found.length === 0) {
    return (
      <EmptyState title="Nobody has certified it">
        Only what the manifest’s <code className="font-mono text-xs">certifications</code> name, and a
        security review where a tool’s risk is high, is needed. The gate above says what is missing.
      </EmptyState>
    )
  }
  return (
    <ul aria-label="Certifications" className="divide-y divide-line">
      {found.map((one) => (
        <Row key={one.certificationId} one={one} now={now} onRevoke={() => onRevoke(one)} />
      ))}
    </ul>
  )
}

/** What people vouch for of a version, until when, and who took it back. */
export function CertificationsCard({ version }: { version: Version }) {
  const found = useCertifications(version.versionId)
  const why = notToCertify(version, useProfile())
  const [granting, setGranting] = useState(false)
  const [revoked, setRevoked] = useState<Certification>()
  return (
    <Card
      title="Certifications"
      labelledBy="certifications"
      actions={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {why && <span className="text-xs text-ink-soft">{why}</span>}
          <Button disabled={why !== undefined} onClick={() => setGranting(true)}>
            Certify it
          </Button>
        </span>
      }
    >
      {found.isPending && <SkeletonRows label="Loading the certifications" rows={2} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <List found={found.data} onRevoke={setRevoked} />}
      {granting && <CertifyDialog versionId={version.versionId} onClose={() => setGranting(false)} />}
      {revoked && <RevokeDialog one={revoked} onClose={() => setRevoked(undefined)} />}
    </Card>
  )
}
