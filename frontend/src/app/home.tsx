import { Navigate } from 'react-router'

import { homeOf, useProfile } from '@/features/bff/session'

export function Home() {
  return <Navigate to={homeOf(useProfile())} replace />
}
