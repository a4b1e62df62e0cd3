import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import files from '@fastify/static';
import type { Logger } from '@pilotlight/logging';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CustomersQuery, MODELS } from '../api.ts';
import { isLocalName } from './access/loopback.ts';
import { type Auth, IDENTITY_HEADER, NotSignedIn, openSignIn, type Viewer } from './access/signIn.ts';
import type { Database } from './database.ts';
import { answerError, problem } from './errors.ts';
import { type Context, chooseRun, SCORED } from './questions/context.ts';
import { listCustomers } from './questions/customers.ts';
import { openCustomerTables } from './questions/customerTables.ts';
import type { Results } from './results/run.ts';
import { addRoutes } from './routes.ts';

export type ServerOptions = {
  results: Results;
  database: Database;
  /** A folder for what is needed for a moment. */
  scratch: string;
  auth: Auth;
  /** Folder with `index.html` and `assets/`; null: no pages, the API alone. */
  clientFolder: string | null;
  log: Logger;
  /** Shown on the pages. */
  stack?: string | null;
};

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer;
  }
}

/** Longer than the load balancer's idle timeout of 60 s, so that it never meets a connection that we just closed. */
const KEEP_ALIVE_MS = 75_000;
const OPEN = new Set(['/healthz', '/readyz']);

/** The server, not listening yet. It changes nothing anywhere: every request is a question. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { results, database, auth, scratch, log } = options;
  const context: Context = { results, database, scratch, log, customers: openCustomerTables(database, log) };
  const app = fastify({
    logger: false,
    trustProxy: auth.mode === 'oidc',
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 120_000,
    bodyLimit: 1024,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    forceCloseConnections: 'idle',
  });
  await app.register(helmet, headers(auth));
  await app.register(etag, { weak: true });
  app.decorateRequest('viewer');
  guard(app, options);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler((request, reply) =>
    problem(request, reply, 404, 'not_found', 'there is nothing here', 'go to the start page'),
  );
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => readiness(context, reply));
  addRoutes(app, context, { signIn: auth.mode, stack: options.stack ?? null });
  if (options.clientFolder !== null) await addPages(app, options.clientFolder);
  app.addHook('onListen', () => void prepare(context));
  return app;
}

/** Nothing but our own files, and no frame around them. HSTS is of use only where there is TLS. */
function headers(auth: Auth) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    frameguard: { action: 'deny' as const },
    referrerPolicy: { policy: 'no-referrer' as const },
    strictTransportSecurity: auth.mode === 'off' ? false : { maxAge: 31_536_000, includeSubDomains: true },
  };
}

/** In this order: the method, where the request was sent to, who sent it. */
function guard(app: FastifyInstance, { auth, log }: ServerOptions): void {
  const signIn = openSignIn(auth);
  app.addHook('onRequest', async (request, reply) => {
    const begun = performance.now();
    reply.raw.once('close', () => logRequest(log, request, reply, begun));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.header('allow', 'GET, HEAD');
      return problem(request, reply, 405, 'method_not_allowed', 'this server only answers questions', 'use GET');
    }
    if (OPEN.has(request.url)) return;
    if (auth.mode === 'off' && !isLocalName(request.headers.host)) {
      return problem(request, reply, 403, 'wrong_host', 'not the name of this machine', 'open http://127.0.0.1');
    }
    try {
      const token = request.headers[IDENTITY_HEADER];
      request.viewer = await signIn(Array.isArray(token) ? undefined : token);
    } catch (error) {
      if (!(error instanceof NotSignedIn)) throw error;
      log.warn({ reason: error.message, address: request.ip }, 'refused');
      return problem(request, reply, 401, 'not_signed_in', 'you are not signed in', 'reload the page to sign in');
    }
  });
}

/** By route, not by address: that may name a customer, which is for the audit lines. */
function logRequest(log: Logger, request: FastifyRequest, reply: FastifyReply, begun: number): void {
  const { method, routeOptions, viewer } = request;
  const duration_ms = Math.round(performance.now() - begun);
  const facts = {
    method,
    route: routeOptions?.url ?? null,
    status: reply.statusCode,
    duration_ms,
    user: viewer?.user ?? null,
  };
  if (reply.statusCode >= 500) log.error(facts, 'request');
  else log.debug(facts, 'request');
}

async function readiness({ results }: Context, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    const counts = await Promise.all(MODELS.map(async (model) => [model, (await results.runs(model)).length] as const));
    return await reply.send({ status: 'ready', runs: Object.fromEntries(counts) });
  } catch {
    return await reply.code(503).send({ status: 'not_ready' });
  }
}

/** The index of each model's newest customers, before anybody asks. */
async function prepare(context: Context): Promise<void> {
  for (const model of MODELS) {
    try {
      const run = await chooseRun(context, model, undefined, SCORED[model], 'scored customers');
      await context.customers.prepare(run);
      // What the first list needs besides: the values that a filter may take.
      await listCustomers(context, model, CustomersQuery.parse({}));
    } catch (error) {
      context.log.debug({ model, reason: (error as Error).message }, 'no customers to prepare');
    }
  }
}

/** Files with a hash in their name are kept for ever; the page itself is asked for each time. */
async function addPages(app: FastifyInstance, folder: string): Promise<void> {
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const tag = `"${createHash('sha256').update(html).digest('hex').slice(0, 24)}"`;
  await app.register(files, {
    root: path.join(folder, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    etag: false,
    maxAge: '365d',
    immutable: true,
    dotfiles: 'deny',
  });
  const page = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').header('etag', tag).send(html);
  app.get('/', page);
  for (const model of MODELS) {
    app.get(`/${model}`, page);
    app.get(`/${model}/:page`, page);
  }
}
