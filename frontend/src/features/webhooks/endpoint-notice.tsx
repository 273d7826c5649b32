import type { Webhook } from '@/api/automation'
import { Time } from '@/components/time'

const WHY: Record<string, string> = {
  failing:
    'It failed for five days, so the platform sends it nothing any more. What was on its way was given up.',
  gone: 'It answered 410, which says that it wants nothing any more. What was on its way was given up.',
  asked: 'Somebody of your tenant disabled it. What happens meanwhile is not kept for it.',
}

/** What is the matter with an endpoint, and how it comes back. */
export function EndpointNotice({ webhook, may }: { webhook: Webhook; may: boolean }) {
  const words = says(webhook, may)
  if (!words) return null
  return <div className="space-y-1 rounded border-l-4 border-warn bg-warn-soft px-3 py-2">{words}</div>
}

function says(webhook: Webhook, may: boolean) {
  const { status, challengeFailure, disabledReason, disabledAt, circuit, failingSince } = webhook
  if (status === 'pending')
    return (
      <>
        <p className="font-medium">It has not met its challenge, so it is sent nothing but tests.</p>
        {challengeFailure && <p>{challengeFailure}</p>}
        {may && (
          <p>Give the receiver the secret and have it repeat the challenge, then challenge it again.</p>
        )}
      </>
    )
  if (status === 'disabled')
    return (
      <>
        <p className="font-medium">
          It is disabled since <Time at={disabledAt} />.
        </p>
        <p>{WHY[disabledReason ?? ''] ?? 'It is sent nothing.'}</p>
        {may && (
          <p>
            To bring it back: mend the receiver, enable it here (it is challenged again), then send again what
            failed.
          </p>
        )}
      </>
    )
  if (circuit !== 'open' && !failingSince) return null
  return (
    <p>
      {failingSince && (
        <>
          It has been failing since <Time at={failingSince} />; after five days it is disabled.{' '}
        </>
      )}
      {circuit === 'open' &&
        'It failed five times in a row and is spared: one attempt decides, after 30 seconds at first, 15 minutes at most. What waits loses no attempt.'}
    </p>
  )
}
