import path from 'node:path';
import { type Auth, createServer, openDatabase, openLocalResults, type Results } from '@pilotlight/dashboard';
import type { FastifyInstance } from 'fastify';
import { temporary } from '../folders.ts';
import { put } from './fixtures.ts';

export type Line = { level: string; msg: string; fields: Record<string, unknown> };

/** A server that does not listen, what it logs, and an end. */
export type Served = {
  app: FastifyInstance;
  lines: Line[];
  get(
    url: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: ReturnType<typeof JSON.parse>; text: string; headers: Record<string, unknown> }>;
  close(): Promise<void>;
};

const HOST = { host: '127.0.0.1' };

export async function serve(
  given: { folders: readonly string[] } | { results: Results },
  auth: Auth = { mode: 'off' },
): Promise<Served> {
  const scratch = temporary();
  put(scratch, 'client/index.html', '<!doctype html><title>pages</title>');
  put(scratch, 'client/assets/app-1234567890.js', 'export {};');
  const results = 'folders' in given ? openLocalResults(given.folders) : given.results;
  const lines: Line[] = [];
  const say = (level: string) => (fields: object, msg: string) =>
    void lines.push({ level, msg, fields: { ...fields } });
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), child: () => log };
  const options = { folders: results.folders, scratch, memoryLimitMb: 256, threads: 1, limit_s: 20 };
  const database = await openDatabase(options);
  const app = await createServer({
    ...{ results, database, scratch, auth, log, stack: 'test' },
    clientFolder: path.join(scratch, 'client'),
  });
  return {
    app,
    lines,
    async get(url, headers = {}) {
      const answer = await app.inject({ url, headers: { ...HOST, ...headers } });
      const isJson = String(answer.headers['content-type'] ?? '').includes('json') && answer.payload !== '';
      const body = isJson ? JSON.parse(answer.payload) : null;
      return { status: answer.statusCode, body, text: answer.payload, headers: answer.headers };
    },
    async close() {
      await app.close();
      database.close();
    },
  };
}
