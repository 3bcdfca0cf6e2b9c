// What a test may do behind the provider's back. Only there with --test.

async function readJson(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

/**
 * `POST /_test/people` with a person adds them or changes the given fields (`groups`, `claims`, `name` …);
 * `DELETE /_test/people/LOGIN` removes them; `GET /_test/people` lists all.
 * `POST /_test/client` with a `secret` exchanges the client's secret.
 */
export function testHooks(directory, provider, clientId) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/_test/')) return next();
    const login = /^\/_test\/people\/([^/]+)$/.exec(ctx.path)?.[1];
    if (ctx.method === 'POST' && ctx.path === '/_test/people') {
      try {
        directory.put(await readJson(ctx.req));
        ctx.status = 204;
      } catch (error) {
        ctx.status = 400;
        ctx.body = { error: error.message };
      }
    } else if (ctx.method === 'DELETE' && login) {
      ctx.status = directory.remove(decodeURIComponent(login)) ? 204 : 404;
    } else if (ctx.method === 'POST' && ctx.path === '/_test/client') {
      const { secret } = await readJson(ctx.req);
      const client = await provider.Client.find(clientId);
      client.clientSecret = secret;
      ctx.status = 204;
    } else if (ctx.method === 'GET' && ctx.path === '/_test/people') {
      ctx.body = directory.all();
    } else {
      ctx.status = 404;
    }
  };
}
