import { Webhook as Standard } from 'standardwebhooks'
import { Webhook as Svix } from 'svix'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import kept from './signed-webhooks.json'

// What the platform signs (tests/unit/governance/webhooks/test_signed_messages.py), verified by others' libraries.
const libraries = { standardwebhooks: Standard, svix: Svix }
const stranger = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(kept.moment) })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(Object.entries(libraries))('%s', (_name, Webhook) => {
  it('verifies every message with each secret of a rotation', () => {
    for (const { body, headers } of kept.messages) {
      for (const secret of kept.secrets) {
        expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
      }
    }
  })

  it('refuses another secret, another body and another time', () => {
    const message = kept.messages[0]
    const secret = kept.secrets[0]
    if (message === undefined || secret === undefined) throw new Error('there are no messages')
    const { body, headers } = message
    expect(() => new Webhook(stranger).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
    vi.setSystemTime(new Date(Date.parse(kept.moment) + 10 * 60_000))
    expect(() => new Webhook(secret).verify(body, headers)).toThrow()
  })
})
