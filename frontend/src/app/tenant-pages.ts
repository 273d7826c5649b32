// The operators' pages of tenants, fetched together.
export { NewTenantPage } from '@/features/tenants/new-tenant-page'
export { OperatorTenantPage } from '@/features/tenants/operator-tenant-page'
export { TenantsPage } from '@/features/tenants/tenants-page'
