import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getJson, postJson } from '@/api/client'
import { address, type Pages, usePages, useWhole } from '@/api/pages'
import type { Gates, Lineage, Promotion, RolledBack, Template, Version, VersionDiff } from '@/api/registry'

const TEMPLATES = '/v1/templates'
const VERSIONS = '/v1/versions'
const LIVE_MS = 5000

/** All agents: the directory filters them itself. */
export const useTemplates = (): Pages<Template> => useWhole(usePages<Template>('templates', TEMPLATES, 100))

export function useTemplate(name: string) {
  return useQuery({
    queryKey: ['templates', 'one', name],
    queryFn: ({ signal }) => getJson<Template>(address(TEMPLATES, name), signal),
  })
}

/** An agent's versions and how they stand, read again while they are looked at: others move them too. */
export function useLineage(agent: string) {
  return useQuery({
    queryKey: ['templates', 'lineage', agent],
    queryFn: ({ signal }) => getJson<Lineage>(address(TEMPLATES, agent, '/lineage'), signal),
    refetchInterval: LIVE_MS,
    enabled: agent !== '',
  })
}

export function useVersion(id: string) {
  return useQuery({
    queryKey: ['templates', 'version', id],
    queryFn: ({ signal }) => getJson<Version>(address(VERSIONS, id), signal),
    enabled: id !== '',
  })
}

export function useGates(id: string) {
  return useQuery({
    queryKey: ['templates', 'gates', id],
    queryFn: ({ signal }) => getJson<Gates>(address(VERSIONS, id, '/gates'), signal),
    refetchInterval: LIVE_MS,
  })
}

/** What a version changes of another, of its parent when none is named. */
export function useDiff(id: string, against: string) {
  const query = against ? `?${new URLSearchParams({ against }).toString()}` : ''
  return useQuery({
    queryKey: ['templates', 'diff', id, against],
    queryFn: ({ signal }) => getJson<VersionDiff>(address(VERSIONS, id, `/diff${query}`), signal),
  })
}

export const promote = (id: string, wanted: Promotion) =>
  postJson<Version>(address(VERSIONS, id, '/promote'), wanted)

export const rollBack = (id: string, reason: string, to: string) =>
  postJson<RolledBack>(address(VERSIONS, id, '/rollback'), { reason, ...(to ? { to } : {}) })

/** Forget everything about agents that a move has changed. */
export const registryChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['templates'] })
