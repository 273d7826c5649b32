import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { Tagged } from '@/api/client'
import type { Member } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Choices } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { SkeletonRows } from '@/components/ui/skeleton'
import { changeRoles, membersChanged, useMember } from '@/features/members/queries'
import { checkRoles, ROLES } from '@/features/members/roles'
import { useForm } from '@/lib/use-form'

function RolesForm({ member, onClose }: { member: Tagged<Member>; onClose: () => void }) {
  const client = useQueryClient()
  const form = useForm({ roles: member.value.roles }, checkRoles)
  const change = useMutation({
    mutationFn: (roles: string[]) => changeRoles(member.value.userId, roles, member.etag),
    onSuccess: async () => {
      await membersChanged(client)
      onClose()
    },
    onError: form.refused,
  })
  return (
    <FormBox form={form} onSend={({ roles }) => change.mutate(roles)}>
      <Choices
        legend="Roles"
        name="roles"
        options={ROLES}
        chosen={form.draft.roles}
        onChange={(roles) => form.set('roles', roles)}
        error={form.errors.roles}
        hint="A change holds within a minute. Roles by the identity provider come on top."
      />
      {change.isError && <ProblemAlert error={change.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep as it is</Button>
        <Button type="submit" look="primary" disabled={change.isPending}>
          {change.isPending ? 'Saving…' : 'Save roles'}
        </Button>
      </div>
    </FormBox>
  )
}

export function RolesDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const now = useMember(member.userId)
  return (
    <Dialog title={`Roles of ${member.email}`} onClose={onClose}>
      {now.isPending && <SkeletonRows label="Loading the member" rows={2} />}
      {now.isError && <ProblemAlert error={now.error} onRetry={() => void now.refetch()} />}
      {now.data && <RolesForm member={now.data} onClose={onClose} />}
    </Dialog>
  )
}
