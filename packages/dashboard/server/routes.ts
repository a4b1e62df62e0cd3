import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  API_ROOT,
  CustomersFilter,
  CustomersQuery,
  DriftQuery,
  MODELS,
  Model,
  type Models,
  PartQuery,
  RecommendationsQuery,
  RunQuery,
  type Session,
  StatusQuery,
  type Unavailable,
} from '../api.ts';
import { csvLine } from './csv.ts';
import { LruMap } from './lruMap.ts';
import { NotAvailable } from './notAvailable.ts';
import { type Context, chooseRun, NotFound, SCORED } from './questions/context.ts';
import { readCustomer } from './questions/customer.ts';
import { listCustomers, streamCustomers } from './questions/customers.ts';
import { readDrift } from './questions/drift.ts';
import { readExplorer } from './questions/explorer.ts';
import { readOverview } from './questions/overview.ts';
import { readPerformance } from './questions/performance.ts';
import { readRecommendations } from './questions/recommendations.ts';
import { readStatus } from './questions/status.ts';

type Facts = { signIn: Session['sign_in']; stack: string | null };
/** Answers kept, by question and version of the results. */
const ANSWERS_MAX = 200;
const CustomerId = z
  .string()
  .min(1)
  .max(80)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'not a number of a customer');
const ModelParameter = z.object({ model: Model });
const CustomerParameter = z.object({ model: Model, id: CustomerId });

export function addRoutes(app: FastifyInstance, context: Context, facts: Facts): void {
  const none = z.strictObject({});
  app.get(`${API_ROOT}/session`, async (request, reply) => {
    none.parse(request.query);
    const { user, roles, seesPersonalData } = request.viewer;
    const session: Session = {
      ...{ user, roles: [...roles], sees_personal_data: seesPersonalData },
      ...{ sign_in: facts.signIn, stack: facts.stack },
    };
    return reply.header('cache-control', 'no-store').send(session);
  });
  const answers = new LruMap<string, string>(ANSWERS_MAX);
  const question = <Q extends z.ZodType>(
    path: string,
    query: Q,
    ask: (model: Model, query: z.infer<Q>) => Promise<unknown>,
  ) => {
    app.get(`${API_ROOT}/:model/${path}`, async (request, reply) => {
      const { model } = modelOf(request);
      const asked = query.parse(request.query);
      return answer(context, request, reply, { answers, personal: false }, () => ask(model, asked));
    });
  };
  app.get(`${API_ROOT}/models`, async (request, reply) => {
    none.parse(request.query);
    return answer(context, request, reply, { answers, personal: false }, () => listModels(context));
  });
  question('overview', RunQuery, (model, { run }) => readOverview(context, model, run));
  question('explorer', RunQuery, (model, { run }) => readExplorer(context, model, run));
  question('performance', PartQuery, (model, query) => readPerformance(context, model, query));
  question('drift', DriftQuery, (model, query) => readDrift(context, model, query));
  question('customers', CustomersQuery, (model, query) => listCustomers(context, model, query));
  question('recommendations', RecommendationsQuery, (model, query) => readRecommendations(context, model, query));
  question('status', StatusQuery, (model, query) => readStatus(context, model, query));
  app.get(`${API_ROOT}/:model/customers.csv`, (request, reply) => exportCsv(context, request, reply));
  app.get(`${API_ROOT}/:model/customers/:id`, async (request, reply) => {
    const { model, id } = parameters(CustomerParameter, request);
    const { run } = RunQuery.parse(request.query);
    const { seesPersonalData } = request.viewer;
    return answer(context, request, reply, { answers: null, personal: seesPersonalData }, () =>
      audited(context, request, { event: 'customer_lookup', model, customer_id: id }, () =>
        readCustomer(context, model, { id, run, seesPersonalData }),
      ),
    );
  });
}

/** A model, page or number that does not exist is no bad query: it is not there. */
function parameters<T extends z.ZodType>(schema: T, request: FastifyRequest): z.infer<T> {
  const parsed = schema.safeParse(request.params);
  if (!parsed.success) throw new NotFound(`no such ${String(parsed.error.issues[0]?.path[0] ?? 'page')}`);
  return parsed.data;
}

const modelOf = (request: FastifyRequest) => parameters(ModelParameter, request);

/**
 * Sends an answer with a tag of the results' version, the address and what the visitor may see: a browser that has it is told so
 * before anything is read. What is not available is an answer too. Answers with a person in them are kept nowhere.
 */
async function answer(
  { results, log }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { answers, personal }: { answers: LruMap<string, string> | null; personal: boolean },
  ask: () => Promise<unknown>,
): Promise<FastifyReply> {
  const key = createHash('sha256')
    .update(JSON.stringify([await results.version(), request.url, personal]))
    .digest('hex')
    .slice(0, 32);
  const tag = `W/"${key}"`;
  reply.type('application/json; charset=utf-8').header('cache-control', answers ? 'private, no-cache' : 'no-store');
  if (answers !== null) {
    reply.header('etag', tag);
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(tag)) return reply.code(304).send();
  }
  const known = answers?.get(key);
  if (known !== undefined) return reply.send(known);
  let said: unknown;
  try {
    said = await ask();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    log.warn({ reason: error.reason, route: request.routeOptions.url ?? null }, 'not available');
    said = { available: false, reason: error.reason, todo: error.todo } satisfies Unavailable;
  }
  const text = JSON.stringify(said);
  answers?.set(key, text);
  return reply.send(text);
}

async function listModels(context: Context): Promise<Models> {
  const models = await Promise.all(
    MODELS.map(async (model) => {
      const runs = (await context.results.runs(model)).filter(({ files }) =>
        files.some((one) => SCORED[model].test(one)),
      );
      try {
        await chooseRun(context, model, undefined, SCORED[model], 'scored customers');
        return { model, available: true, reason: null, todo: null, runs: runs.map(({ ref }) => ref) };
      } catch (error) {
        if (!(error instanceof NotAvailable)) throw error;
        return { model, available: false, reason: error.reason, todo: error.todo, runs: [] };
      }
    }),
  );
  return { models };
}

async function exportCsv(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { model } = modelOf(request);
  const query = CustomersFilter.parse(request.query);
  const { run, columns, chunks } = await audited(
    context,
    request,
    { event: 'customer_export', model, filter: query },
    () => streamCustomers(context, model, query),
  ).catch((error: unknown) => {
    if (!(error instanceof NotAvailable)) throw error;
    throw new NotFound(error.reason);
  });
  async function* lines() {
    yield csvLine(columns);
    for await (const rows of chunks) yield rows.map(csvLine).join('');
  }
  const name = `customers-${model}-${(run.ref.as_of ?? run.ref.run_id).replaceAll(/[^\w.-]/g, '')}.csv`;
  return reply
    .type('text/csv; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(request.method === 'HEAD' ? '' : Readable.from(lines()));
}

/** One line a lookup or export: who, what, and how it ended. */
async function audited<T>(
  context: Context,
  request: FastifyRequest,
  facts: object,
  work: () => Promise<T>,
): Promise<T> {
  const { user, seesPersonalData } = request.viewer;
  const say = (result: string) =>
    context.log.info(
      { audit: true, ...facts, user, personal_data: seesPersonalData, address: request.ip, result },
      'audit',
    );
  try {
    const value = await work();
    say('shown');
    return value;
  } catch (error) {
    say(error instanceof NotFound ? 'not_found' : error instanceof NotAvailable ? 'not_available' : 'failed');
    throw error;
  }
}
