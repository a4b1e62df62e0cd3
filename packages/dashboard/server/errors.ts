import type { Logger } from '@pilotlight/logging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { API_ROOT, type ApiError } from '../api.ts';
import { TooSlow } from './database.ts';
import { NotFound } from './questions/context.ts';

/** What went wrong: JSON for programs, a plain page for people. */
export function problem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  todo: string,
): FastifyReply {
  reply.code(status).header('cache-control', 'no-store');
  if (request.url === API_ROOT || request.url.startsWith(`${API_ROOT}/`)) {
    return reply.send({ error: { code, message, todo } } satisfies ApiError);
  }
  const [title, what, next] = [`${status}`, escapeHtml(message), escapeHtml(todo)];
  return reply
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${what}: ${next}.</p></html>`,
    );
}

/** Nothing of our insides goes out: those stand in the log. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    const where = issue?.path.join('.') ?? '';
    const message = `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not valid'}`;
    return problem(request, reply, 400, 'bad_query', message, 'correct the address');
  }
  if (error instanceof NotFound) {
    return problem(request, reply, 404, 'not_found', error.message, 'choose one that is listed');
  }
  if (error instanceof TooSlow) {
    return problem(request, reply, 503, 'too_slow', error.message, 'narrow the filter, or try again');
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status < 500) return problem(request, reply, status, 'bad_request', 'the request is malformed', 'correct it');
  log.error({ reason: (error as Error).message, route: request.routeOptions?.url ?? null }, 'a question failed');
  return problem(request, reply, 500, 'failure', 'the server failed to answer', 'try again; the log says more');
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
