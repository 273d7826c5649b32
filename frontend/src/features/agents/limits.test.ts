import { describe, expect, it } from 'vitest'

import { checkTools, type Limits, MOST_TOOLS, namedTools, NO_LIMITS, scopeOf } from '@/features/agents/limits'

const limits = (changes: Partial<Limits> = {}): Limits => ({ ...NO_LIMITS, ...changes })
const some = (tools: string): Limits => limits({ toolChoice: 'some', tools })

describe('the scope of a run', () => {
  it('is left out where nothing is narrowed', () => expect(scopeOf(limits())).toBeUndefined())
  it('takes no notice of names when all tools are chosen', () =>
    expect(scopeOf(limits({ tools: 'files.read' }))).toBeUndefined())
  it('names each tool once', () =>
    expect(scopeOf(some('files.read, calculator\nfiles.read'))).toEqual({
      tools: ['files.read', 'calculator'],
    }))
  it('has an empty list for no tools, which is not the same as none named', () =>
    expect(scopeOf(limits({ toolChoice: 'none' }))).toEqual({ tools: [] }))
  it('has tier 0, which is not the same as none', () =>
    expect(scopeOf(limits({ autonomyTier: '0' }))).toEqual({ autonomyTier: 0 }))
})

describe('the names of tools', () => {
  it('are parted by commas, blanks and line ends', () =>
    expect(namedTools(' a,b\n c,,')).toEqual(['a', 'b', 'c']))
  it.each(['files.read', 'calculator', 'a-b.c_d', 'a'.repeat(64)])('may be %s', (name) =>
    expect(checkTools(some(name))).toBeUndefined(),
  )
  it.each(['files.*', '*', 'Files.read', 'files..read', '.files', 'fıles', 'a'.repeat(65)])(
    'may not be %s',
    (name) => expect(checkTools(some(`calculator ${name}`))).toContain(name),
  )
  it.each(['', '  ', ','])('must be there when only some are wanted (%j)', (tools) =>
    expect(checkTools(some(tools))).toMatch(/at least one/),
  )
  it('are a hundred at most', () => {
    const names = Array.from({ length: MOST_TOOLS + 1 }, (_, number) => `t${number}`)
    expect(checkTools(some(names.join(' ')))).toContain('101')
    expect(checkTools(some(names.slice(1).join(' ')))).toBeUndefined()
  })
  it('are not looked at where none have to be named', () =>
    expect(checkTools(limits({ toolChoice: 'none', tools: '*' }))).toBeUndefined())
})
