import type { Lineage, Move, Version, VersionNode, VersionStatus } from '@/api/registry'

/** A version in a tree, for tests. */
export const aNode = (id: string, parent?: string, status: VersionStatus = 'candidate'): VersionNode => ({
  versionId: id,
  contentHash: id.repeat(8),
  status,
  ...(parent === undefined ? {} : { parent }),
  depth: 0,
  children: [],
  createdBy: 'operator',
  createdAt: '2026-01-01T00:00:00Z',
})

const BOTH = ['Platform.Admin', 'Platform.Operator']
const move = (from: VersionStatus, to: VersionStatus, gates: string[] = [], roles = BOTH): Move => ({
  from,
  to,
  roles,
  gates,
})

/** Some of the moves there are. */
export const MOVES: Move[] = [
  move('draft', 'candidate'),
  move('candidate', 'approved', ['evaluation', 'policy']),
  move('candidate', 'quarantined'),
  move('approved', 'deprecated'),
  move('approved', 'quarantined'),
  move('approved', 'rolled_back'),
  move('deprecated', 'approved', ['evaluation', 'policy']),
  move('quarantined', 'candidate', [], ['Platform.Admin']),
  move('quarantined', 'retired'),
]

export const aLineage = (fields: Partial<Lineage> = {}): Lineage => ({
  agent: 'echo-agent',
  items: [],
  moves: MOVES,
  ...fields,
})

export const aVersion = (fields: Partial<Version> = {}): Version => ({
  versionId: 'ver_b',
  agent: 'echo-agent',
  contentHash: 'c'.repeat(64),
  recordHash: 'd'.repeat(64),
  artifactKey: 'agents/echo-agent/1.zip',
  runtimeArn: 'arn:aws:bedrock-agentcore:eu-central-1:000000000000:runtime/echo',
  manifest: { name: 'echo-agent' },
  prompts: {},
  status: 'candidate',
  createdBy: 'operator',
  createdAt: '2026-01-01T00:00:00Z',
  ...fields,
})
