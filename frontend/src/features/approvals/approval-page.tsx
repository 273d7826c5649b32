import { useParams } from 'react-router'

import { Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ApprovalCard } from '@/features/approvals/approval-card'

export function ApprovalPage() {
  const { id = '' } = useParams()
  return (
    <Page title="Approval" lead={<Mono>{id}</Mono>}>
      <ApprovalCard id={id} />
    </Page>
  )
}
