import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { describe, expect, it } from 'vitest'

import { covered, type EventFamily, FAMILIES, toggled } from '@/features/webhooks/catalogue'
import { changeOf, checkWebhook, draftOf, fieldOf, sinceOf, webhookOf } from '@/features/webhooks/draft'
import { aWebhook } from '@/features/webhooks/testing'

const schemas = JSON.parse(
  readFileSync(resolve(process.cwd(), '../openapi/ambit-events.schema.json'), 'utf-8'),
) as { types: Record<string, unknown> }
const SENT_UNASKED = ['webhook.challenge', 'webhook.test']

describe('the events to choose from', () => {
  it('are those of the API’s catalogue, each in the family that asks for it', () => {
    const offered = FAMILIES.flatMap(({ events }) => events.map(([type]) => type))
    expect([...offered, ...SENT_UNASKED].sort()).toEqual(Object.keys(schemas.types).sort())
    for (const { filter, events } of FAMILIES)
      for (const [type] of events) expect(type.startsWith(filter.slice(0, -1))).toBe(true)
  })

  it('are not named when their family is chosen, and nothing is beside everything', () => {
    expect(toggled(['job.failed', 'run.halted'], 'job.*')).toEqual(['run.halted', 'job.*'])
    expect(toggled(['job.*'], 'job.*')).toEqual([])
    expect(toggled(['job.*', 'run.halted'], '*')).toEqual(['*'])
    expect(toggled(['*'], 'job.*')).toEqual(['job.*'])
  })

  it('are covered by their family and by everything', () => {
    const [jobs] = FAMILIES as [EventFamily]
    expect([['*'], ['job.*'], ['job.failed']].map((chosen) => covered(chosen, jobs))).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('an endpoint’s form', () => {
  it('wants an address and an event', () => {
    expect(Object.keys(checkWebhook({ url: 'example.com', events: [], description: '' }))).toEqual([
      'url',
      'events',
    ])
    expect(checkWebhook(draftOf(aWebhook()))).toEqual({})
    expect(Object.keys(checkWebhook({ ...draftOf(aWebhook()), description: 'x'.repeat(201) }))).toEqual([
      'description',
    ])
  })
  it('sends what was written, and of a change only what changed', () => {
    const webhook = aWebhook({ events: ['job.*', 'run.halted'] })
    expect(webhookOf({ url: ' https://a.example/ ', events: ['*'], description: ' x ' })).toEqual({
      url: 'https://a.example/',
      events: ['*'],
      description: 'x',
    })
    expect(changeOf(webhook, { ...draftOf(webhook), events: ['run.halted', 'job.*'] })).toEqual({})
    expect(changeOf(webhook, { ...draftOf(webhook), url: 'https://b.example/' })).toEqual({
      url: 'https://b.example/',
    })
  })
  it('takes a moment of this clock', () => {
    const at = new Date('2026-01-02T03:04:00Z')
    expect(sinceOf(fieldOf(at))).toBe('2026-01-02T03:04:00.000Z')
    expect(sinceOf('')).toBeUndefined()
  })
})
