// The two pages a person sees here: the sign-in form and an error. No script, no external asset.
const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f8;--card:#fff;--ink:#14191f;--dim:#55606e;--line:#c9d0d8;--accent:#0b5cad;--on:#fff;--bad:#a4262c}
@media(prefers-color-scheme:dark){:root{--bg:#0f1317;--card:#171c22;--ink:#e8ecf1;--dim:#a3adb9;--line:#3a444f;--accent:#6db3f8;--on:#08131f;--bad:#ff9a9a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:23rem;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1.75rem}
h1{font-size:1.25rem;line-height:1.3;margin:0 0 .25rem}p{margin:0 0 1.25rem;color:var(--dim)}
label{display:block;font-weight:600;margin:0 0 .3rem}
input{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:6px;padding:.55rem .7rem;margin:0 0 1rem}
button{width:100%;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:6px;padding:.65rem;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bad{border-left:3px solid var(--bad);padding:.5rem .75rem;color:var(--ink)}
.foot{margin:1.25rem 0 0;font-size:.85rem}code{font-size:.9em}`;

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);

const page = (title, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;

/** `action` is the form's own URL; `email` is shown again after a failed attempt, the password never. */
export function loginPage({ action, clientName, email = '', failed = false }) {
  const alert = failed ? '<p class="bad" role="alert" id="problem">That email and password do not match. Try again.</p>' : '';
  const invalid = failed ? ' aria-invalid="true" aria-describedby="problem"' : '';
  return page(failed ? 'Sign in failed · Ambit local identity' : 'Sign in · Ambit local identity', `
<h1>Sign in</h1><p>to continue to ${escapeHtml(clientName)}</p>${alert}
<form method="post" action="${escapeHtml(action)}">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" required${failed ? '' : ' autofocus'} value="${escapeHtml(email)}"${invalid}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${failed ? ' autofocus' : ''}${invalid}>
<button type="submit">Sign in</button></form>
<p class="foot">Local development only. People such as <code>dev@acme.test</code> sign in with <code>ambit-local</code>.</p>`);
}

export function errorPage({ error, error_description: description }) {
  return page('Sign-in error · Ambit local identity', `
<h1>This sign-in cannot continue</h1><p class="bad" role="alert">${escapeHtml(description ?? error)}</p>
<p class="foot">Go back to the application and start again. Code: <code>${escapeHtml(error)}</code></p>`);
}
