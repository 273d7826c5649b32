import { cleanup } from '@testing-library/react'
import { afterAll, afterEach } from 'vitest'

const TURNS = 5 // an answer, the query client's word of it, React's work and its effects, each in a turn of its own
const later = globalThis.setTimeout // the real one, whatever a test puts in its place

afterEach(() => {
  cleanup()
})

// What a test's last click began ends while there is a document: React's scheduler reads `window` in every task, and a
// task that runs after the file's jsdom is gone fails the whole run (react/react#37100).
afterAll(async () => {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => later(resolve))
})

// jsdom knows the dialog element but not its methods (whatwg/html, "the dialog element").
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true
  this.querySelector<HTMLElement>('input, textarea, button')?.focus()
}
HTMLDialogElement.prototype.close = function close() {
  this.open = false
}
