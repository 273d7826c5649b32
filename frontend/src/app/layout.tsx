import { Suspense } from 'react'
import { NavLink, Outlet, ScrollRestoration } from 'react-router'

import { Logo } from '@/app/logo'
import { linksFor } from '@/app/navigation'
import { ThemeChoice } from '@/app/theme-choice'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { useProfile } from '@/features/bff/session'
import { UserMenu } from '@/features/bff/user-menu'
import { cn } from '@/lib/cn'

/** So many links fit between the logo and the person's name; more have a row of their own. */
const BESIDE_THE_LOGO = 6

function Navigation() {
  const links = linksFor(useProfile())
  return (
    <nav
      aria-label="Main"
      className={cn(
        'order-last -mx-1 w-full overflow-x-auto',
        links.length <= BESIDE_THE_LOGO && 'md:order-none md:w-auto',
      )}
    >
      <ul className="flex gap-1 md:flex-wrap">
        {links.map(([to, label]) => (
          <li key={to}>
            <NavLink
              to={to}
              className={({ isActive }) =>
                cn(
                  'block rounded-md px-3 py-1.5 text-sm font-medium whitespace-nowrap',
                  isActive
                    ? 'bg-accent-soft text-accent-strong'
                    : 'text-ink-soft hover:bg-sunken hover:text-ink',
                )
              }
            >
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** In the place of a page whose code is being fetched. */
function PageComing() {
  return (
    <div className="mx-auto w-full max-w-6xl space-y-5 px-4 py-6 sm:px-6">
      <Skeleton className="h-7 w-56" />
      <SkeletonRows label="Loading the page" rows={6} />
    </div>
  )
}

export function Layout() {
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-10"
      >
        Skip to content
      </a>
      <header className="border-b bg-surface">
        <div className="mx-auto flex w-full max-w-6xl flex-wrap items-center gap-x-6 gap-y-2 px-4 py-2 sm:px-6">
          <NavLink to="/" aria-label="Ambit, home" className="rounded-md">
            <Logo />
          </NavLink>
          <Navigation />
          <div className="ml-auto flex items-center gap-2">
            <ThemeChoice />
            <UserMenu />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="flex-1">
        <Suspense fallback={<PageComing />}>
          <Outlet />
        </Suspense>
      </main>
      <footer className="mx-auto w-full max-w-6xl px-4 py-4 text-xs text-ink-soft sm:px-6">
        <a href="/reference/" className="underline underline-offset-2 hover:text-ink">
          API reference
        </a>
      </footer>
      <ScrollRestoration />
    </div>
  )
}
