import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'

import type { Incident, IncidentStatus, TimelineEntry } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { HoldCard } from '@/features/incidents/hold-card'
import {
  incidentsChanged,
  mitigate,
  patchIncident,
  postmortem,
  useIncident,
} from '@/features/incidents/queries'
import { actionsFor, severityTone, statusTone } from '@/features/incidents/words'
import { saveFile } from '@/lib/save-file'

function Entry({ entry }: { entry: TimelineEntry }) {
  return (
    <li className="border-l-2 border-line py-1 pl-4">
      <p className="flex flex-wrap items-baseline gap-2 text-xs text-ink-soft">
        <Time at={entry.at} />
        <Badge tone={entry.type === 'fact' ? 'bad' : entry.type === 'mitigation' ? 'good' : 'neutral'}>
          {entry.type}
        </Badge>
        {entry.by && <Mono>{entry.by}</Mono>}
        {entry.auditSeq && <span>audit no. {entry.auditSeq}</span>}
      </p>
      <p>{entry.title}</p>
      {entry.note && <p className="text-ink-soft">{entry.note}</p>}
      {entry.source.startsWith('run_') && <Mono>{entry.source}</Mono>}
    </li>
  )
}

function Mitigations({ incident }: { incident: Incident }) {
  const client = useQueryClient()
  const [asked, setAsked] = useState('')
  const actions = actionsFor(incident)
  const chosen = actions.find(({ action }) => action === asked)
  return (
    <>
      {actions.map(({ action, label }) => (
        <Button key={action} look="danger" onClick={() => setAsked(action)}>
          {label}
        </Button>
      ))}
      {chosen && (
        <ConfirmDialog
          reason
          title={`${chosen.label}: ${incident.agent}`}
          action={chosen.label}
          run={async (reason) => {
            await mitigate(incident.incidentId, chosen.action, reason)
            await incidentsChanged(client)
          }}
          onClose={() => setAsked('')}
        >
          <p>{chosen.means(incident)}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function Transitions({ incident, etag, platform }: { incident: Incident; etag: string; platform: boolean }) {
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (status: IncidentStatus) => patchIncident(incident.incidentId, platform, { status }, etag),
    onSettled: () => incidentsChanged(client),
  })
  return (
    <>
      {incident.transitions.map((status) => (
        <Button key={status} onClick={() => change.mutate(status)} disabled={change.isPending}>
          {status === 'open' ? 'Open again' : `Mark as ${status}`}
        </Button>
      ))}
      {change.isError && <ProblemAlert error={change.error} />}
    </>
  )
}

function Download({ id }: { id: string }) {
  const save = useMutation({
    mutationFn: async () => saveFile(`${id}.md`, [await postmortem(id)], 'text/markdown'),
    gcTime: 0,
  })
  return (
    <>
      <Button onClick={() => save.mutate()} disabled={save.isPending}>
        Download post-mortem
      </Button>
      {save.isError && <ProblemAlert error={save.error} />}
    </>
  )
}

function Details({ incident }: { incident: Incident }) {
  return (
    <>
      <Card title="Incident" labelledBy="incident">
        <Facts
          facts={[
            ['Kind', incident.kind],
            ['About', <Mono key="about">{incident.about}</Mono>],
            ['Events', incident.count],
            ['Opened', <Time key="opened" at={incident.openedAt} />],
            ['Last event', <Time key="last" at={incident.lastEventAt} />],
            ['Looked after by', incident.assignee],
          ]}
        />
      </Card>
      {incident.postmortem && (
        <Card title="What was learnt" labelledBy="learnt">
          <p className="whitespace-pre-wrap">{incident.postmortem}</p>
        </Card>
      )}
      <Card title="Timeline" labelledBy="timeline">
        <ol className="space-y-3">
          {incident.timeline.map((entry) => (
            <Entry key={entry.source} entry={entry} />
          ))}
        </ol>
      </Card>
    </>
  )
}

/** One incident: what happened, what was done, and the buttons to do something. */
export function IncidentPage({ platform = false }: { platform?: boolean }) {
  const { id = '' } = useParams()
  const found = useIncident(id, platform)
  const incident = found.data?.value
  const profile = useProfile()
  const may = platform || isTenantAdmin(profile)
  return (
    <Page
      title={incident?.title ?? 'Incident'}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {incident && <Badge tone={severityTone(incident.severity)}>{incident.severity}</Badge>}
          {incident && <Badge tone={statusTone(incident.status)}>{incident.status}</Badge>}
          <Mono>{id}</Mono>
        </span>
      }
      actions={
        incident && (
          <>
            {may && <Transitions incident={incident} etag={found.data?.etag ?? ''} platform={platform} />}
            {!platform && <Download id={id} />}
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {incident && `The incident is ${incident.status}.`}
      </p>
      {found.isPending && <SkeletonRows label="Loading the incident" rows={3} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {incident && may && !platform && incident.agent && (
        <Card title="What can be done" labelledBy="mitigations">
          <div className="flex flex-wrap gap-2">
            <Mitigations incident={incident} />
          </div>
        </Card>
      )}
      {incident?.agent && !platform && <HoldCard agent={incident.agent} may={may} />}
      {incident && <Details incident={incident} />}
    </Page>
  )
}
