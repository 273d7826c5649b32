import { Navigate, useSearchParams } from 'react-router'

import { Logo } from '@/app/logo'
import { signInAddress, useSession } from '@/features/bff/session'
import { useTitle } from '@/lib/use-title'

const REASONS: Record<string, string> = {
  expired: 'That sign-in took too long or was already used. Start again.',
  mismatch: 'That sign-in was begun in another tab or window. Start again here.',
  denied: 'The sign-in was cancelled.',
  unavailable: 'The identity provider is not answering. Try again in a moment.',
  invalid_token:
    'The identity provider sent an answer that does not hold. Try again, or tell your administrator.',
  failed: 'The identity provider could not sign you in. Try again, or tell your administrator.',
}

/** Only pages of this app: the server checks it again. */
const ownPage = (path: string | null): string =>
  path?.startsWith('/') && !path.startsWith('//') ? path : '/'

export function SignInPage({ signedOut = false }: { signedOut?: boolean }) {
  const [query] = useSearchParams()
  const session = useSession()
  const reason = query.get('error')
  const returnTo = ownPage(query.get('returnTo'))
  useTitle(signedOut ? 'Signed out' : 'Sign in')
  if (session.data?.authenticated && !signedOut) return <Navigate to={returnTo} replace />
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm space-y-5 rounded-lg border bg-surface p-7">
        <Logo />
        <div className="space-y-1">
          <h1 className="text-xl font-semibold tracking-tight">
            {signedOut ? 'You are signed out' : 'Sign in to Ambit'}
          </h1>
          <p className="text-ink-soft">
            {signedOut
              ? 'Your session has ended here and at the identity provider.'
              : 'Agents for your organisation, each inside its ambit.'}
          </p>
        </div>
        {reason && (
          <p role="alert" className="rounded border-l-4 border-bad bg-bad-soft px-3 py-2">
            {REASONS[reason] ?? REASONS.failed}
          </p>
        )}
        {!reason && !signedOut && query.has('returnTo') && returnTo !== '/' && (
          <p role="status" className="rounded border-l-4 border-info bg-info-soft px-3 py-2">
            You will return to the page you were on.
          </p>
        )}
        <a
          href={signInAddress(returnTo, signedOut)}
          className="flex min-h-10 items-center justify-center rounded-md bg-accent font-medium text-on-accent hover:bg-accent-strong"
        >
          {signedOut ? 'Sign in again' : 'Sign in'}
        </a>
      </div>
    </main>
  )
}
