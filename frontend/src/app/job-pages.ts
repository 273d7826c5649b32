// The pages of jobs, fetched together.
export { JobPage } from '@/features/bridge/jobs/job-page'
export { JobsPage } from '@/features/bridge/jobs/jobs-page'
