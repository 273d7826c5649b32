// Compiled, never run: what the API's description says must fit what this app expects. `npm run api-types` after a change.
import type { components } from '@/api/schema'
import type {
  AcceptedJob,
  Agent,
  ApiKey,
  Approval,
  ApprovalSummary,
  AuditEntry,
  AwsCaller,
  Decision,
  Hold,
  Incident,
  IncidentChange,
  IncidentSummary,
  Invite,
  Invocation,
  IssuedApiKey,
  IssuedInvite,
  Job,
  KillSwitch,
  Member,
  NewTenant,
  Operation,
  Policy,
  PolicySummary,
  Profile,
  Run,
  RunEvent,
  Session,
  Simulation,
  Tenant,
  TenantRecord,
  Upload,
  WebSession,
} from '@/api/types'

type Schemas = components['schemas']

/** Fails to compile unless `Given` can be used where `Wanted` is. `unknown` in the description is any JSON. */
type Fits<Wanted, Given extends Wanted> = [Wanted, Given]

export type Checked = [
  Fits<Agent, Schemas['AgentReply']>,
  Fits<AcceptedJob, Schemas['AcceptedReply']>,
  Fits<Omit<Run, Loose>, Omit<Schemas['ResultReply'], Loose>>,
  Fits<Omit<Run, Loose>, Omit<Schemas['RunSummary'], Loose>>,
  Fits<Omit<Run, Loose>, Omit<Schemas['RunReply'], Loose>>,
  Fits<Omit<Job, 'result' | 'progress'>, Omit<Schemas['JobReply'], 'result' | 'progress'>>,
  Fits<Omit<RunEvent, 'payload'>, Omit<Schemas['EventReply'], 'payload'>>,
  Fits<AuditEntry, Schemas['AuditEntryReply']>,
  Fits<IncidentSummary, Schemas['IncidentSummary']>,
  Fits<Incident, Schemas['IncidentReply']>,
  Fits<Partial<Schemas['PatchIncident']>, IncidentChange>,
  Fits<Hold, Schemas['HoldReply']>,
  Fits<KillSwitch, Schemas['KillSwitchReply']>,
  Fits<KillSwitch, Schemas['OwnKillSwitchReply']>,
  Fits<Session, Schemas['SessionSummary']>,
  Fits<Tenant, Schemas['OwnTenantReply']>,
  Fits<TenantRecord, Schemas['TenantReply']>,
  Fits<Operation, Schemas['OperationReply']>,
  Fits<Pick<Schemas['CreateTenant'], 'id' | 'name' | 'tier'>, NewTenant>,
  Fits<ApiKey, Schemas['ApiKeyReply']>,
  Fits<IssuedApiKey, Schemas['NewApiKeyReply']>,
  Fits<AwsCaller, Schemas['AwsCallerReply']>,
  Fits<ApprovalSummary, Schemas['ApprovalSummary']>,
  Fits<Omit<Approval, 'arguments'>, Omit<Schemas['ApprovalReply'], 'arguments'>>,
  Fits<PolicySummary, Schemas['PolicySummary']>,
  Fits<Omit<Policy, 'override' | 'shadow'>, Omit<Schemas['PolicyReply'], 'override' | 'shadow'>>,
  Fits<Decision, Schemas['DecisionReply']>,
  Fits<Simulation, Schemas['SimulationReply']>,
  Fits<Member, Schemas['MemberReply']>,
  Fits<Invite, Schemas['InviteReply']>,
  Fits<IssuedInvite, Schemas['IssuedInviteReply']>,
  Fits<Upload, Schemas['UploadReply']>,
  Fits<Profile, Schemas['Profile']>,
  Fits<WebSession, Schemas['WebSessionReply']>,
  Fits<Omit<Schemas['InvokeRequest'], DefaultedInRequest>, Omit<Invocation, DefaultedInRequest>>,
]

/** Free-form JSON, which the description can only call unknown. */
type Loose = 'output' | 'context' | 'files' | 'progress' | 'halt'
/** The generator calls a request's field with a default required; the API does not. */
type DefaultedInRequest = 'context' | 'files' | 'metadata' | 'scope' | 'sessionId' | 'webhookId'
