// What a person can make of a tenant's instance of an agent, in words. Which of them there are, the API says.

export const MOVES = ['active', 'read_only', 'draining', 'paused', 'quarantined'] as const
export type MoveTo = (typeof MOVES)[number]

export const LABELS: Record<MoveTo, string> = {
  active: 'Let it go on',
  read_only: 'Make read-only',
  draining: 'Drain',
  paused: 'Pause',
  quarantined: 'Quarantine',
}
export const MEANS: Record<MoveTo, string> = {
  active: 'Runs start again, with everything that policy lets them do.',
  read_only: 'Runs start and go on; calls with side effects are refused.',
  draining: 'No run starts; those that go on end by themselves, then it is paused.',
  paused: 'No run starts; those that go on are left alone.',
  quarantined: 'No run starts, and those that go on are cancelled.',
}

/** What the API offers, as far as this page has words for it. */
export const offered = (transitions: readonly string[]): MoveTo[] =>
  MOVES.filter((move) => transitions.includes(move))

/** Those that take something from whoever uses the agent. */
export const isGrave = (move: MoveTo): boolean => move !== 'active'
