import type { ScheduleDetail } from '@/api/automation'

/** A schedule for tests. */
export const aSchedule = (fields: Partial<ScheduleDetail> = {}): ScheduleDetail => ({
  scheduleId: 'sch_1',
  name: 'morning report',
  agent: 'echo-agent',
  input: 'Report.',
  expression: 'cron(0 9 ? * MON-FRI *)',
  timeZone: 'Asia/Kolkata',
  jitterMinutes: 0,
  overlap: 'skip',
  catchUp: 'skip',
  status: 'active',
  createdBy: 'usr:local:u-1',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  nextRuns: ['2026-01-02T03:30:00.000Z'],
  history: [],
  ...fields,
})
