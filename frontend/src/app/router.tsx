import { createBrowserRouter } from 'react-router'

import { CrashPage, NotFoundPage } from '@/app/dead-ends'
import { Home } from '@/app/home'
import { Layout } from '@/app/layout'
import { AgentPage } from '@/features/agents/agent-page'
import { CataloguePage } from '@/features/agents/catalogue-page'
import { KeyPage } from '@/features/api-keys/key-page'
import { KeysPage } from '@/features/api-keys/keys-page'
import { NewCallerPage } from '@/features/api-keys/new-caller-page'
import { NewKeyPage } from '@/features/api-keys/new-key-page'
import { ApprovalPage } from '@/features/approvals/approval-page'
import { ApprovalsPage } from '@/features/approvals/approvals-page'
import { AuditPage } from '@/features/audit/audit-page'
import { RequireSession } from '@/features/bff/require-session'
import { SignInPage } from '@/features/bff/sign-in-page'
import { RunPage } from '@/features/bridge/run-page'
import { RunsPage } from '@/features/bridge/runs-page'
import { SessionsPage } from '@/features/bridge/sessions-page'
import { IncidentPage } from '@/features/incidents/incident-page'
import { IncidentsPage } from '@/features/incidents/incidents-page'
import { KillSwitchesPage } from '@/features/kill-switches/kill-switches-page'
import { AcceptPage } from '@/features/members/accept-page'
import { InvitePage } from '@/features/members/invite-page'
import { MembersPage } from '@/features/members/members-page'
import { NewPolicyPage } from '@/features/policies/new-policy-page'
import { PoliciesPage } from '@/features/policies/policies-page'
import { PolicyPage } from '@/features/policies/policy-page'
import { OperatorTenantPage } from '@/features/tenants/operator-tenant-page'
import { NewTenantPage } from '@/features/tenants/new-tenant-page'
import { TenantPage } from '@/features/tenants/tenant-page'
import { TenantsPage } from '@/features/tenants/tenants-page'

const pages = [
  { index: true, element: <Home /> },
  { path: 'agents', element: <CataloguePage /> },
  { path: 'agents/:agent', element: <AgentPage /> },
  { path: 'runs', element: <RunsPage /> },
  { path: 'runs/:id', element: <RunPage /> },
  { path: 'sessions', element: <SessionsPage /> },
  { path: 'approvals', element: <ApprovalsPage /> },
  { path: 'approvals/:id', element: <ApprovalPage /> },
  { path: 'policies', element: <PoliciesPage /> },
  { path: 'policies/new', element: <NewPolicyPage /> },
  { path: 'policies/:id', element: <PolicyPage /> },
  { path: 'api-keys', element: <KeysPage /> },
  { path: 'api-keys/new', element: <NewKeyPage /> },
  { path: 'api-keys/:id', element: <KeyPage /> },
  { path: 'aws-callers/new', element: <NewCallerPage /> },
  { path: 'members', element: <MembersPage /> },
  { path: 'members/invite', element: <InvitePage /> },
  { path: 'audit', element: <AuditPage /> },
  { path: 'incidents', element: <IncidentsPage /> },
  { path: 'incidents/:id', element: <IncidentPage /> },
  { path: 'platform-incidents', element: <IncidentsPage platform /> },
  { path: 'platform-incidents/:id', element: <IncidentPage platform /> },
  { path: 'kill-switches', element: <KillSwitchesPage /> },
  { path: 'accept', element: <AcceptPage /> },
  { path: 'tenant', element: <TenantPage /> },
  { path: 'tenants', element: <TenantsPage /> },
  { path: 'tenants/new', element: <NewTenantPage /> },
  { path: 'tenants/:id', element: <OperatorTenantPage /> },
  { path: '*', element: <NotFoundPage /> },
]

export const makeRouter = () =>
  createBrowserRouter([
    { path: '/sign-in', element: <SignInPage />, errorElement: <CrashPage /> },
    { path: '/signed-out', element: <SignInPage signedOut />, errorElement: <CrashPage /> },
    {
      path: '/',
      errorElement: <CrashPage />,
      element: (
        <RequireSession>
          <Layout />
        </RequireSession>
      ),
      children: pages.map((page) => ({ ...page, errorElement: <CrashPage /> })),
    },
  ])
