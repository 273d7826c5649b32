/** How long is left until a moment, as a person says it; undefined once it has come. */
export function remaining(until: string, now: number): string | undefined {
  const seconds = Math.floor((new Date(until).getTime() - now) / 1000)
  if (Number.isNaN(seconds) || seconds <= 0) return undefined
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
