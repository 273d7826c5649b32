import type { Version } from '@/api/registry'
import { CopyButton } from '@/components/copy-button'
import { type Fact, Facts, Mono } from '@/components/facts'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { formatNumber } from '@/lib/format'

function Code({ name, text, prose = false }: { name: string; text: string; prose?: boolean }) {
  return (
    <pre
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label={name}
      className={`max-h-96 overflow-auto rounded-md border bg-sunken/40 p-3 text-[0.8125rem] leading-relaxed ${
        prose ? 'font-sans break-words whitespace-pre-wrap' : 'font-mono'
      }`}
    >
      {text}
    </pre>
  )
}

const hash = (label: string, value: string | null | undefined): Fact => [
  label,
  value && (
    <span className="flex items-start gap-1">
      <Mono>{value}</Mono>
      <CopyButton text={value} name={label} />
    </span>
  ),
]

/** What names the version and each of its parts. */
export function Hashes({ version }: { version: Version }) {
  return (
    <Card title="What it is" labelledBy="identity">
      <Facts
        facts={[
          hash('Content hash', version.contentHash),
          hash('Record hash', version.recordHash),
          hash('Package', version.artifactDigest),
          hash('Locked dependencies', version.lockDigest),
          ['Runtime', <Mono key="runtime">{version.runtimeArn}</Mono>],
          ['Registered by', <Mono key="by">{version.createdBy}</Mono>],
          ['Registered', <Time key="at" at={version.createdAt} />],
          ['Last approved', version.approvedAt && <Time key="approved" at={version.approvedAt} />],
          ['Last moved by', version.movedBy && <Mono key="moved">{version.movedBy}</Mono>],
          ['Why', version.reason],
        ]}
      />
    </Card>
  )
}

export function Prompts({ prompts }: { prompts: Record<string, string> }) {
  const named = Object.entries(prompts).sort(([one], [other]) => one.localeCompare(other))
  if (named.length === 0) return null
  return (
    <Card title={`Prompts (${formatNumber(named.length)})`} labelledBy="prompts">
      <div className="space-y-4">
        {named.map(([name, text]) => (
          <section key={name} aria-label={name} className="space-y-1.5">
            <div className="flex items-center justify-between gap-2">
              <h3 className="font-mono text-[0.8125rem] font-medium break-all">{name}</h3>
              <CopyButton text={text} name={name} />
            </div>
            <Code prose name={`Prompt ${name}`} text={text} />
          </section>
        ))}
      </div>
    </Card>
  )
}

export function ManifestCard({ manifest }: { manifest: Version['manifest'] }) {
  const text = JSON.stringify(manifest, null, 2)
  return (
    <Card title="Manifest" labelledBy="manifest" actions={<CopyButton text={text} name="the manifest" />}>
      <Code name="Manifest as JSON" text={text} />
    </Card>
  )
}
