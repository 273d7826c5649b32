import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(() => {
  cleanup()
})

// jsdom knows the dialog element but not its methods (whatwg/html, "the dialog element").
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true
  this.querySelector<HTMLElement>('input, textarea, button')?.focus()
}
HTMLDialogElement.prototype.close = function close() {
  this.open = false
}
