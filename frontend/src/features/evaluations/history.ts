// The pass rate of an agent by a suite, version after version.
import type { Evaluation } from '@/api/evaluations'

/** The last finished evaluation of each version by a version of the suite, oldest version first. */
export function historyOf(
  all: readonly Evaluation[],
  of: Pick<Evaluation, 'agent' | 'suite'>,
  most = 20,
): Evaluation[] {
  const found = new Map<string, Evaluation>()
  for (const one of all) {
    if (one.agent !== of.agent || one.suite !== of.suite || one.status !== 'succeeded') continue
    const known = found.get(one.versionId)
    if (!known || known.createdAt < one.createdAt) found.set(one.versionId, one)
  }
  // ids are time-ordered (UUIDv7)
  return [...found.values()].sort((a, b) => (a.versionId < b.versionId ? -1 : 1)).slice(-most)
}
