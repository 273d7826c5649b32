/** An agent inside its ambit: a point, and the boundary around it with one gate. */
export function Logo() {
  return (
    <span className="flex items-center gap-2 text-base font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 32 32" className="size-6 text-accent">
        <circle
          cx="16"
          cy="16"
          r="12"
          fill="none"
          stroke="currentColor"
          strokeWidth="3"
          strokeDasharray="60 16"
          transform="rotate(-60 16 16)"
        />
        <circle cx="16" cy="16" r="4" fill="currentColor" />
      </svg>
      Ambit
    </span>
  )
}
