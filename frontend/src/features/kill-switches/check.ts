import type { Errors } from '@/lib/use-form'

export const SCOPES = ['run', 'agent', 'tenant', 'tool', 'platform'] as const
/** What a tenant's administrator may stop: of their own alone. */
export const OWN_SCOPES = ['run', 'agent', 'tenant'] as const

export interface Draft {
  scope: string
  target: string
  reason: string
}

const RUN = /^[a-z][a-z0-9-]*\/run_[0-9a-f]{32}$/
const OWN_RUN = /^run_[0-9a-f]{32}$/

/** Whether the scope says all: the platform, or, for a tenant's own people, their tenant. */
export const isWhole = (scope: string, tenant: string | undefined): boolean =>
  scope === (tenant === undefined ? 'platform' : 'tenant')

/** What has to be typed to confirm: what will stop, so that nobody stops the platform by a slip. */
export const named = ({ scope, target }: Draft, tenant?: string): string =>
  isWhole(scope, tenant) ? (tenant ?? 'platform') : target.trim()

/** `tenant` is the caller's own; operators have none. */
export function checkSwitch(draft: Draft, tenant?: string): Errors<Draft> {
  const target = draft.target.trim()
  const [run, how] = tenant === undefined ? [RUN, 'tenant/run_…'] : [OWN_RUN, 'run_…']
  return {
    ...(!isWhole(draft.scope, tenant) && !target ? { target: `Say which ${draft.scope}.` } : {}),
    ...(draft.scope === 'run' && target && !run.test(target)
      ? { target: `A run is written as ${how} with its whole id.` }
      : {}),
    ...(draft.reason.trim() ? {} : { reason: 'Say why: it is kept with the switch and in the audit log.' }),
  }
}
