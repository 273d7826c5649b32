import { shortOf } from '@/components/short-id'
import { isMe, useProfile } from '@/features/bff/session'

/** What tells a principal from others at a glance: its subject, without the provider that named it. */
export function subjectOf(principalId: string): string {
  const [kind, , ...subject] = principalId.split(':')
  return kind === 'usr' && subject.length > 0 ? shortSubject(subject.join(':')) : principalId
}

const LONG = 24
const shortSubject = (subject: string): string => (subject.length > LONG ? shortOf(subject) : subject)

/** Who did something, and whether that is whoever looks. The whole id is in the title. */
export function Person({ id }: { id: string }) {
  const me = isMe(useProfile(), id)
  return (
    <span title={id} className={me ? 'font-medium' : 'font-mono text-[0.95em] break-all'}>
      {me ? 'you' : subjectOf(id)}
    </span>
  )
}
