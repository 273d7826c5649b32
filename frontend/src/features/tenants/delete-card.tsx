import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { TenantRecord } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { deleteTenant, tenantChanged } from '@/features/tenants/queries'

/** Deletes a tenant for good, once its id has been typed. */
export function DeleteCard({ tenant }: { tenant: TenantRecord }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const { id } = tenant
  return (
    <Card
      title="Delete the tenant"
      labelledBy="delete"
      actions={
        <Button look="danger" onClick={() => setAsking(true)}>
          {tenant.status === 'deleting' ? 'Delete again' : 'Delete'}
        </Button>
      }
    >
      <p className="text-ink-soft">
        Everything it has is erased, and its keys with it. What the law wants kept is named in the
        certificate.
      </p>
      {asking && (
        <ConfirmDialog
          title={`Delete ${id}`}
          action="Delete for good"
          typed={id}
          run={async () => {
            await deleteTenant(id)
            await tenantChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            All records and files of <strong>{tenant.name}</strong> are erased. This cannot be taken back.
            Export it first if anybody may want them.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  )
}
