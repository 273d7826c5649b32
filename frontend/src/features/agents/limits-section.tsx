import { Field, Select, Textarea } from '@/components/ui/field'
import { type Limits, scopeOf, TIERS, TOOL_CHOICES } from '@/features/agents/limits'

interface LimitsSectionProps {
  limits: Limits
  error: string | undefined
  set: (field: keyof Limits) => (event: { target: { value: string } }) => void
}

/** To what this run is narrowed, within what policy allows. */
export function LimitsSection({ limits, error, set }: LimitsSectionProps) {
  return (
    <details className="group rounded-md border" open={Boolean(error) || undefined}>
      <summary className="cursor-pointer px-3 py-2 text-sm font-medium select-none">
        Limits for this run{scopeOf(limits) ? ' · narrowed' : ''}
      </summary>
      <div className="space-y-4 border-t p-3">
        <p className="text-xs text-ink-soft">
          They can only take away from what policy lets the agent do, and they last for this run.
        </p>
        <Field label="Tools" hint="Models need not be named: which ones, the policy says.">
          {(props) => (
            <Select {...props} name="toolChoice" value={limits.toolChoice} onChange={set('toolChoice')}>
              {TOOL_CHOICES.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {limits.toolChoice === 'some' && (
          <Field label="Names of the tools" error={error} hint="Between commas or on lines of their own.">
            {(props) => (
              <Textarea
                {...props}
                name="tools"
                rows={3}
                required
                spellCheck={false}
                autoCapitalize="off"
                className="font-mono text-[0.8125rem]"
                placeholder="files.read, calculator"
                value={limits.tools}
                onChange={set('tools')}
              />
            )}
          </Field>
        )}
        <Field
          label="Autonomy tier at most"
          hint="At tier 0 every call waits for an approval; a higher tier than the policy’s changes nothing."
        >
          {(props) => (
            <Select {...props} name="autonomyTier" value={limits.autonomyTier} onChange={set('autonomyTier')}>
              <option value="">As the policy says</option>
              {TIERS.map((tier) => (
                <option key={tier} value={tier}>
                  {tier}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </details>
  )
}
