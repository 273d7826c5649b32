import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Invite, Member } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import {
  changeStatus,
  invitesChanged,
  membersChanged,
  useInvites,
  useMembers,
  withdrawInvite,
} from '@/features/members/queries'
import { roleNames } from '@/features/members/roles'
import { RolesDialog } from '@/features/members/roles-dialog'

function StatusDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const client = useQueryClient()
  const disabling = member.status === 'active'
  return (
    <ConfirmDialog
      title={`${disabling ? 'Disable' : 'Enable'} ${member.email}`}
      action={disabling ? 'Disable member' : 'Enable member'}
      run={async () => {
        await changeStatus(member.userId, disabling ? 'disabled' : 'active')
        await membersChanged(client)
      }}
      onClose={onClose}
    >
      <p>
        {disabling
          ? 'Within a minute they can do nothing in this tenant, whatever the identity provider says.'
          : 'Within a minute they can work in this tenant again, with the roles they had.'}
      </p>
    </ConfirmDialog>
  )
}

function MemberActions({ member }: { member: Member }) {
  const [asking, setAsking] = useState<'roles' | 'status'>()
  const close = () => setAsking(undefined)
  const change = member.status === 'active' ? 'Disable' : 'Enable'
  return (
    <span className="inline-flex gap-2">
      <Button aria-label={`Roles of ${member.email}`} onClick={() => setAsking('roles')}>
        Roles
      </Button>
      <Button
        look={member.status === 'active' ? 'danger' : 'secondary'}
        aria-label={`${change} ${member.email}`}
        onClick={() => setAsking('status')}
      >
        {change}
      </Button>
      {asking === 'roles' && <RolesDialog member={member} onClose={close} />}
      {asking === 'status' && <StatusDialog member={member} onClose={close} />}
    </span>
  )
}

function Withdraw({ invite }: { invite: Invite }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  if (invite.state !== 'open') return null
  return (
    <>
      <Button
        look="danger"
        aria-label={`Withdraw the invite of ${invite.email}`}
        onClick={() => setAsking(true)}
      >
        Withdraw
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Withdraw the invite of ${invite.email}`}
          action="Withdraw invite"
          run={async () => {
            await withdrawInvite(invite.inviteId)
            await invitesChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>Its token is worthless from then on. You can invite the address again.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

const MEMBER_COLUMNS: Column<Member>[] = [
  { head: 'E-mail', cell: ({ email }) => <span className="font-medium">{email}</span> },
  { head: 'Roles', cell: ({ roles }) => roleNames(roles) },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Actions', cell: (member) => <MemberActions member={member} />, end: true },
]

const INVITE_COLUMNS: Column<Invite>[] = [
  { head: 'E-mail', cell: ({ email }) => <span className="font-medium">{email}</span> },
  { head: 'Roles', cell: ({ roles }) => roleNames(roles) },
  { head: 'State', cell: ({ state }) => <StatusBadge status={state} /> },
  { head: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { head: 'Actions', cell: (invite) => <Withdraw invite={invite} />, end: true },
]

/** Who belongs to the tenant by its own record, and who has been asked to. */
export function MembersPage() {
  return (
    <Page
      title="Members"
      lead="Who belongs to your tenant by invite. People may have more roles by your identity provider."
      actions={
        <ButtonLink to="/members/invite" look="primary">
          Invite somebody
        </ButtonLink>
      }
    >
      <Listing
        name="Members, newest first"
        list={useMembers()}
        columns={MEMBER_COLUMNS}
        keyOf={({ userId }) => userId}
        more="Show older members"
        empty={<EmptyState title="No members by invite yet">Invite somebody by their address.</EmptyState>}
      />
      <Listing
        title="Invites"
        name="Invites, newest first"
        list={useInvites()}
        columns={INVITE_COLUMNS}
        keyOf={({ inviteId }) => inviteId}
        more="Show older invites"
        empty={<EmptyState title="No invites">Open and past invites appear here.</EmptyState>}
      />
    </Page>
  )
}
