import { itemsOf } from '@/api/pages'
import { Choices, Field, Textarea } from '@/components/ui/field'
import { TextField } from '@/components/ui/text-field'
import { useAgents } from '@/features/agents/queries'
import { domainsOf, type GrantDraft, SCOPES } from '@/features/api-keys/grant'
import type { FormOf } from '@/lib/use-form'

const SCOPE_OPTIONS = SCOPES.map(
  ([scope, words]) =>
    [
      scope,
      <>
        {words} <code className="font-mono text-xs text-ink-soft">{scope}</code>
      </>,
    ] as const,
)

/** What a machine may do and from where: the same for keys and for AWS roles. */
export function GrantFields({ form }: { form: FormOf<GrantDraft> }) {
  const catalogue = itemsOf(useAgents())
  const agents = catalogue.map(({ name }) => [name, name] as const)
  const domains = domainsOf(catalogue).map((domain) => [domain, domain] as const)
  return (
    <>
      <Choices
        legend="It may"
        name="scopes"
        options={SCOPE_OPTIONS}
        chosen={form.draft.scopes}
        onChange={(scopes) => form.set('scopes', scopes)}
        error={form.errors.scopes}
      />
      {agents.length > 0 && (
        <Choices
          legend="With these agents only"
          name="agents"
          options={agents}
          chosen={form.draft.agents}
          onChange={(chosen) => form.set('agents', chosen)}
          error={form.errors.agents}
          hint="Choose none and it may use every agent."
        />
      )}
      {domains.length > 0 && (
        <Choices
          legend="With agents of these domains only"
          name="domains"
          options={domains}
          chosen={form.draft.domains}
          onChange={(chosen) => form.set('domains', chosen)}
          error={form.errors.domains}
          hint="Choose none and it may use agents of every domain. With agents chosen too, both have to hold."
        />
      )}
      <Field
        label="From these addresses only"
        hint="IPv4 and IPv6 addresses and blocks, one a line. Leave empty for any address."
        error={form.errors.ipAllow}
      >
        {(props) => (
          <Textarea
            {...props}
            name="ipAllow"
            rows={3}
            spellCheck={false}
            className="font-mono text-[0.8125rem]"
            placeholder="192.0.2.0/24"
            value={form.draft.ipAllow}
            onChange={(event) => form.set('ipAllow', event.target.value)}
          />
        )}
      </Field>
      <TextField
        form={form}
        name="ratePerSecond"
        label="Requests per second"
        hint="At most 1000. Leave empty for the tenant’s own limit."
        inputMode="numeric"
      />
    </>
  )
}
