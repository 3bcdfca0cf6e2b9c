// The provider's own pages: no scripts, nothing from elsewhere, light and dark.

import { PASSWORD } from './directory.mjs';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1d2433, #e8ecf4); --soft: light-dark(#596275, #a3adc0);
  --page: light-dark(#eef1f6, #12161f); --card: light-dark(#fff, #1b212d); --line: light-dark(#d5dbe6, #343d4f);
  --accent: light-dark(#5b3cc4, #b3a1ff); --on-accent: light-dark(#fff, #17122b); --bad: light-dark(#a3122b, #ff9aa8);
  --tint: light-dark(#f4f1ff, #262140); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(28rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  padding: 2rem; box-shadow: 0 12px 32px rgb(0 0 0 / .08); }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 600; color: var(--soft); font-size: .9rem; }
.brand svg { width: 1.75rem; height: 1.75rem; flex: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: .9rem; margin: 1.75rem 0 .75rem; color: var(--soft); font-weight: 600; }
p { margin: 0; color: var(--soft); }
.people { list-style: none; margin: 1.25rem 0 0; padding: 0; display: grid; gap: .5rem; }
.person { width: 100%; display: flex; align-items: center; gap: .8rem; padding: .6rem .8rem; text-align: left; font: inherit;
  color: inherit; background: none; border: 1px solid var(--line); border-radius: 10px; cursor: pointer; }
.person:hover { border-color: var(--accent); background: var(--tint); }
.initials { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--tint); color: var(--accent); font-weight: 600; font-size: .85rem; }
.who { min-width: 0; } .who b { display: block; font-weight: 600; }
.who span { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 .75rem; font-size: .9rem; font-weight: 500; }
input { display: block; width: 100%; margin-top: .25rem; padding: .55rem .7rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--soft); border-radius: 8px; }
.actions { display: flex; gap: .75rem; flex-wrap: wrap; margin-top: 1.25rem; }
.actions button { font: inherit; font-weight: 600; padding: .55rem 1.1rem; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
.actions button.quiet { background: none; color: var(--ink); border-color: var(--soft); }
.problem { color: var(--bad); margin-top: 1rem; font-weight: 500; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font: .9em ui-monospace, monospace; }`;

const MARK = `<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9" fill="var(--accent)"/>
<circle cx="16" cy="12.5" r="4.5" fill="var(--on-accent)"/><path d="M7.5 25c1-5 4.4-7.5 8.5-7.5s7.5 2.5 8.5 7.5z" fill="var(--on-accent)"/></svg>`;

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (char) => ESCAPES[char]);

function page(title, content) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · Example Corp</title><style>${STYLE}</style></head>
<body><main><div class="brand">${MARK} Example Corp identity provider</div>
<h1>${escape(title)}</h1>
${content}
</main></body></html>`;
}

function initials(name) {
  const words = String(name).split(/\s+/).filter(Boolean);
  return [words.at(0), words.length > 1 ? words.at(-1) : ''].map((word) => word.slice(0, 1)).join('').toUpperCase();
}

function personButton(person) {
  const groups = person.groups.length ? `Groups: ${person.groups.join(', ')}` : 'No groups';
  return `<li><button class="person" name="login" value="${escape(person.login)}">
<span class="initials" aria-hidden="true">${escape(initials(person.name))}</span>
<span class="who"><b>${escape(person.name)}</b><span>${escape(groups)}</span></span></button></li>`;
}

export function signInPage({ action, people, hint, problem }) {
  const form = `method="post" action="${escape(action)}" autocomplete="off"`;
  return page(
    'Who is signing in?',
    `<p>This stands in for your company's sign-in. Choose a person.</p>
${problem ? `<p class="problem" role="alert">${escape(problem)}</p>` : ''}
<form ${form}><input type="hidden" name="prompt" value="login"><ul class="people">${people.map(personButton).join('')}</ul></form>
<h2>Or with a user name</h2>
<form ${form}><input type="hidden" name="prompt" value="login">
<label>User name <input name="login" value="${escape(hint)}" autocapitalize="none" required></label>
<label>Password <input name="password" type="password" required></label>
<p>Everybody's password is <code>${escape(PASSWORD)}</code>.</p>
<div class="actions"><button>Sign in</button><button class="quiet" name="abort" value="1" formnovalidate>Cancel</button></div></form>`,
  );
}

/** `form` is the library's own, with its token against forgery; the buttons belong to it by id. */
export function logoutPage(form) {
  return page(
    'Sign out here too?',
    `<p>You have left the application. Your session at Example Corp goes on unless you end it.</p>${form}
<div class="actions"><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button class="quiet" type="submit" form="op.logoutForm">Stay signed in</button></div>`,
  );
}

export function goodbyePage() {
  return page('Signed out', '<p>You may close this window.</p>');
}

export function errorPage({ error, error_description: description }) {
  return page('That did not work', `<p class="problem" role="alert">${escape(description ?? error)}</p><h2>Code</h2><p><code>${escape(error)}</code></p>`);
}
