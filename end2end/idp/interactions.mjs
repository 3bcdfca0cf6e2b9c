// Signing in: a click on a name, or a user name with a password.

import { PASSWORD } from './directory.mjs';
import { signInPage } from './pages.mjs';

async function readForm(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) throw new Error('the form is too long');
  }
  return new URLSearchParams(text);
}

export function interactionRoutes(provider, directory) {
  return async (ctx, next) => {
    if (!/^\/interaction\/[\w-]+$/.test(ctx.path)) return next();
    ctx.set('cache-control', 'no-store');
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    const show = (problem) => {
      ctx.type = 'html';
      ctx.status = problem ? 401 : 200;
      ctx.body = signInPage({ action: ctx.path, people: directory.all(), hint: params.login_hint, problem });
    };
    if (ctx.method !== 'POST') return show();

    const form = await readForm(ctx.req);
    if (form.get('abort')) {
      const refusal = { error: 'access_denied', error_description: 'The person pressed Cancel.' };
      ctx.respond = false;
      return provider.interactionFinished(ctx.req, ctx.res, refusal, { mergeWithLastSubmission: false });
    }
    const person = directory.findByLogin(form.get('login') ?? '');
    // The buttons with names send no password; the form does.
    const password = form.get('password');
    if (!person || (password !== null && password !== PASSWORD)) return show('Wrong user name or password.');
    ctx.respond = false;
    return provider.interactionFinished(
      ctx.req,
      ctx.res,
      { login: { accountId: person.sub, remember: true, amr: ['pwd'] } },
      { mergeWithLastSubmission: false },
    );
  };
}
