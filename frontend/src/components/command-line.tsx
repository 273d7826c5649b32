import { CopyButton } from '@/components/copy-button'

/** What to type in a terminal. `name` says what it does to those who hear the button alone. */
export function CommandLine({ text, name }: { text: string; name: string }) {
  return (
    <div className="flex items-start gap-1 rounded-md border bg-sunken/40 px-3 py-2">
      <code className="min-w-0 flex-1 font-mono text-[0.8125rem] leading-relaxed break-words">{text}</code>
      <CopyButton text={text} name={name} />
    </div>
  )
}
