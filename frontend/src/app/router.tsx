import { lazy } from 'react'
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
import { TenantPage } from '@/features/tenants/tenant-page'

// What few people open is fetched when they do: the first page of everybody else stays small.
const registry = () => import('@/app/registry-pages')
const DirectoryPage = lazy(async () => ({ default: (await registry()).DirectoryPage }))
const TemplatePage = lazy(async () => ({ default: (await registry()).TemplatePage }))
const VersionPage = lazy(async () => ({ default: (await registry()).VersionPage }))
const EvaluationsPage = lazy(async () => ({ default: (await registry()).EvaluationsPage }))
const EvaluationPage = lazy(async () => ({ default: (await registry()).EvaluationPage }))
const ComparePage = lazy(async () => ({ default: (await registry()).ComparePage }))
const NewEvaluationPage = lazy(async () => ({ default: (await registry()).NewEvaluationPage }))
const SuitesPage = lazy(async () => ({ default: (await registry()).SuitesPage }))
const SuitePage = lazy(async () => ({ default: (await registry()).SuitePage }))
const instances = () => import('@/app/instance-pages')
const InstancesPage = lazy(async () => ({ default: (await instances()).InstancesPage }))
const InstancePage = lazy(async () => ({ default: (await instances()).InstancePage }))
const TenantsInstancesPage = lazy(async () => ({ default: (await instances()).TenantsInstancesPage }))
const jobs = () => import('@/app/job-pages')
const JobsPage = lazy(async () => ({ default: (await jobs()).JobsPage }))
const JobPage = lazy(async () => ({ default: (await jobs()).JobPage }))
const tenants = () => import('@/app/tenant-pages')
const TenantsPage = lazy(async () => ({ default: (await tenants()).TenantsPage }))
const NewTenantPage = lazy(async () => ({ default: (await tenants()).NewTenantPage }))
const OperatorTenantPage = lazy(async () => ({ default: (await tenants()).OperatorTenantPage }))
const policies = () => import('@/app/policy-pages')
const PoliciesPage = lazy(async () => ({ default: (await policies()).PoliciesPage }))
const NewPolicyPage = lazy(async () => ({ default: (await policies()).NewPolicyPage }))
const PolicyPage = lazy(async () => ({ default: (await policies()).PolicyPage }))
const automation = () => import('@/app/automation-pages')
const SchedulesPage = lazy(async () => ({ default: (await automation()).SchedulesPage }))
const NewSchedulePage = lazy(async () => ({ default: (await automation()).NewSchedulePage }))
const SchedulePage = lazy(async () => ({ default: (await automation()).SchedulePage }))
const EditSchedulePage = lazy(async () => ({ default: (await automation()).EditSchedulePage }))
const WebhooksPage = lazy(async () => ({ default: (await automation()).WebhooksPage }))
const NewWebhookPage = lazy(async () => ({ default: (await automation()).NewWebhookPage }))
const WebhookPage = lazy(async () => ({ default: (await automation()).WebhookPage }))
const EditWebhookPage = lazy(async () => ({ default: (await automation()).EditWebhookPage }))

const pages = [
  { index: true, element: <Home /> },
  { path: 'agents', element: <CataloguePage /> },
  { path: 'agents/:agent', element: <AgentPage /> },
  { path: 'runs', element: <RunsPage /> },
  { path: 'runs/:id', element: <RunPage /> },
  { path: 'jobs', element: <JobsPage /> },
  { path: 'jobs/:id', element: <JobPage /> },
  { path: 'sessions', element: <SessionsPage /> },
  { path: 'approvals', element: <ApprovalsPage /> },
  { path: 'approvals/:id', element: <ApprovalPage /> },
  { path: 'policies', element: <PoliciesPage /> },
  { path: 'policies/new', element: <NewPolicyPage /> },
  { path: 'policies/:id', element: <PolicyPage /> },
  { path: 'schedules', element: <SchedulesPage /> },
  { path: 'schedules/new', element: <NewSchedulePage /> },
  { path: 'schedules/:id', element: <SchedulePage /> },
  { path: 'schedules/:id/edit', element: <EditSchedulePage /> },
  { path: 'webhooks', element: <WebhooksPage /> },
  { path: 'webhooks/new', element: <NewWebhookPage /> },
  { path: 'webhooks/:id', element: <WebhookPage /> },
  { path: 'webhooks/:id/edit', element: <EditWebhookPage /> },
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
  { path: 'tenants/:id/instances', element: <TenantsInstancesPage /> },
  { path: 'instances', element: <InstancesPage /> },
  { path: 'instances/:agent', element: <InstancePage /> },
  { path: 'directory', element: <DirectoryPage /> },
  { path: 'directory/:agent', element: <TemplatePage /> },
  { path: 'directory/:agent/versions/:id', element: <VersionPage /> },
  { path: 'versions/:id', element: <VersionPage /> },
  { path: 'evaluations', element: <EvaluationsPage /> },
  { path: 'evaluations/new', element: <NewEvaluationPage /> },
  { path: 'evaluations/:id', element: <EvaluationPage /> },
  { path: 'evaluations/:id/compare', element: <ComparePage /> },
  { path: 'evaluation-suites', element: <SuitesPage /> },
  { path: 'evaluation-suites/:name', element: <SuitePage /> },
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
