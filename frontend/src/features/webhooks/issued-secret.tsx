import type { IssuedWebhook } from '@/api/automation'
import { SecretOnce } from '@/components/secret-once'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'

interface IssuedSecretProps {
  issued: IssuedWebhook
  title: string
  onDone: () => void
}

/** The secret that messages are signed with. The answer to a repeated request has none: then it is rotated. */
export function IssuedSecret({ issued, title, onDone }: IssuedSecretProps) {
  if (issued.secret) {
    return (
      <SecretOnce title={title} label="Signing secret" secret={issued.secret} onDone={onDone}>
        The receiver verifies each message with it, by any library for Standard Webhooks. If it is lost or
        leaks, rotate it.
      </SecretOnce>
    )
  }
  return (
    <Card title={title} labelledBy="issued">
      <div role="alert" className="space-y-3">
        <p>It was made, but the secret did not reach this page. Rotate the secret for another one.</p>
        <Button onClick={onDone}>Go on</Button>
      </div>
    </Card>
  )
}
