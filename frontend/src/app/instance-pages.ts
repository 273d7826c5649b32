// The pages of tenants' instances, fetched together.
export { InstancePage } from '@/features/incidents/instances/instance-page'
export { InstancesPage, TenantsInstancesPage } from '@/features/incidents/instances/instances-page'
