// The pages of policies, fetched together.
export { NewPolicyPage } from '@/features/policies/new-policy-page'
export { PoliciesPage } from '@/features/policies/policies-page'
export { PolicyPage } from '@/features/policies/policy-page'
