import type { ButtonHTMLAttributes } from 'react'
import { Link, type LinkProps } from 'react-router'

import { cn } from '@/lib/cn'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger'

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md px-3.5 py-1.5 text-sm font-medium transition-colors min-h-9 ' +
  'disabled:opacity-55 disabled:cursor-not-allowed aria-disabled:opacity-55 whitespace-nowrap'
const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line-strong/60 bg-surface text-ink hover:bg-sunken',
  quiet: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'border border-bad/60 bg-surface text-bad hover:bg-bad-soft',
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
}

export function Button({ look = 'secondary', className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={cn(BASE, LOOKS[look], className)} {...rest} />
}

export function ButtonLink({
  look = 'secondary',
  className,
  ...rest
}: LinkProps & { look?: Look; className?: string }) {
  return <Link className={cn(BASE, LOOKS[look], className)} {...rest} />
}
