import { describe, expect, it } from 'vitest'

import { checkDraft, countCharacters, invocationOf, parseContext, waysOf } from '@/features/agents/invocation'
import { NO_LIMITS } from '@/features/agents/limits'

const draft = (changes = {}) => ({ ...NO_LIMITS, input: 'hello', context: '', sessionId: '', ...changes })

describe('a draft', () => {
  it('is fine with an input alone', () => expect(checkDraft(draft())).toEqual({}))
  it.each(['', '   ', '\n'])('needs an input (%j)', (input) =>
    expect(checkDraft(draft({ input })).input).toBeDefined(),
  )
  it('may have 50 000 characters', () => expect(checkDraft(draft({ input: 'a'.repeat(50_000) }))).toEqual({}))
  it('may not have 50 001', () =>
    expect(checkDraft(draft({ input: 'a'.repeat(50_001) })).input).toContain('50,001'))
  it('counts an emoji once, as the API does', () => expect(countCharacters('a😀')).toBe(2))

  it.each(['{', 'nope', '[1]', '"text"', 'null', '12'])('refuses the context %s', (context) => {
    expect(checkDraft(draft({ context })).context).toMatch(/^Not valid: /)
  })
  it('takes an object as context', () => expect(parseContext('{"a":{"b":[1]}}')).toEqual({ a: { b: [1] } }))
})

describe('the invocation made from it', () => {
  it('leaves out what is empty', () =>
    expect(invocationOf(draft({ context: ' ' }), [])).toEqual({ input: 'hello' }))
  it('holds the limits of the run', () => {
    const made = invocationOf(draft({ toolChoice: 'some', tools: 'files.read', autonomyTier: '1' }), [])
    expect(made.scope).toEqual({ tools: ['files.read'], autonomyTier: 1 })
  })
  it('holds context, session and files', () => {
    const made = invocationOf(draft({ context: '{"a":1}', sessionId: ' ses_1 ' }), ['fil_1'])
    expect(made).toEqual({ input: 'hello', context: { a: 1 }, sessionId: 'ses_1', files: ['fil_1'] })
  })
})

describe('the ways to run an agent', () => {
  it('begin with the agent’s own', () => {
    expect(waysOf('streaming')[0]).toBe('stream')
    expect(waysOf('sync')[0]).toBe('wait')
  })
  it('are one for an async agent', () => expect(waysOf('async')).toEqual(['background']))
})
