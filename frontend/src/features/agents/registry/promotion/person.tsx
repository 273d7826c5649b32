import { ShortId } from '@/components/short-id'
import { isMe, useProfile } from '@/features/bff/session'

/** Who did something, and whether that is whoever looks. */
export function Person({ id }: { id: string }) {
  const me = isMe(useProfile(), id)
  return me ? (
    <span className="font-medium" title={id}>
      you
    </span>
  ) : (
    <ShortId id={id} />
  )
}
