import type { IssuedApiKey } from '@/api/types'
import { SecretOnce } from '@/components/secret-once'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'

/** The secret of a key just made. The answer to a repeated request has none, and then the key has to be rotated. */
export function IssuedKey({ issued, onDone }: { issued: IssuedApiKey; onDone: () => void }) {
  if (issued.secret) {
    return (
      <SecretOnce title={`Secret of ${issued.name}`} label="API key" secret={issued.secret} onDone={onDone}>
        Put it where the service reads its secrets. If it is lost, rotate the key; if it leaks, revoke it.
      </SecretOnce>
    )
  }
  return (
    <Card title={issued.name} labelledBy="issued">
      <div role="alert" className="space-y-3">
        <p>The key was made, but its secret did not reach this page. Rotate the key for another one.</p>
        <Button onClick={onDone}>Go on</Button>
      </div>
    </Card>
  )
}
