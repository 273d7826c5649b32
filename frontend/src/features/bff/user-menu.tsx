import { Button } from '@/components/ui/button'
import { signOut, useProfile } from '@/features/bff/session'

export function UserMenu() {
  const profile = useProfile()
  return (
    <>
      <span className="hidden max-w-52 truncate text-sm text-ink-soft lg:block">
        {profile?.email ?? profile?.name}
      </span>
      <Button look="quiet" onClick={() => void signOut()}>
        Sign out
      </Button>
    </>
  )
}
