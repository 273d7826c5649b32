import type { ReactNode } from 'react'
import { Link } from 'react-router'

const LINK = 'text-accent underline underline-offset-2'

function Elsewhere({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={LINK}>
      {children}
    </Link>
  )
}

function Below({ id, children }: { id: string; children: ReactNode }) {
  return (
    <a href={`#${id}`} className={LINK}>
      {children}
    </a>
  )
}

const REMEDIES: Record<string, (versionId: string) => ReactNode> = {
  evaluation: (id) => (
    <>
      See <Elsewhere to={`/evaluations?version=${id}`}>its evaluations</Elsewhere>, or{' '}
      <Elsewhere to={`/evaluations/new?version=${id}`}>evaluate it</Elsewhere> by the suites that are
      required.
    </>
  ),
  certification: () => (
    <>
      Somebody who did not register it <Below id="certifications">certifies it</Below>.
    </>
  ),
  approvals: () => (
    <>
      Ask for <Below id="approvals">an approval</Below>; two others decide.
    </>
  ),
  incidents: () => (
    <>
      Resolve <Elsewhere to="/platform-incidents?status=open">what is open</Elsewhere>.
    </>
  ),
  policy: () => 'Name a policy in the agent’s manifest and push it again.',
  budget: () => 'Bound a run’s cost and duration in the agent’s manifest and push it again.',
}

/** What to do about a gate that is closed. */
export function Remedy({ gate, versionId }: { gate: string; versionId: string }) {
  const remedy = REMEDIES[gate]
  return remedy ? <p className="mt-0.5 text-sm text-ink-soft">{remedy(versionId)}</p> : null
}
