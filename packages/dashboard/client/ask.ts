import type { ApiError } from '../api.ts';
import type { Query } from './view.ts';

/** The server said no, or said nothing: `status` 0 is a server that cannot be reached. */
export class AskError extends Error {
  readonly status: number;
  readonly code: string;
  readonly todo: string;

  constructor(status: number, code: string, message: string, todo: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.todo = todo;
  }
}

/** GET of JSON. The browser keeps answers by their ETag, so that the same question again is an empty 304. */
export async function ask<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(`${path}${queryText(query)}`, {
    headers: { accept: 'application/json' },
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new AskError(0, 'unreachable', '', '');
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const { error } = (body ?? {}) as Partial<ApiError>;
  throw new AskError(response.status, error?.code ?? 'unreadable', error?.message ?? '', error?.todo ?? '');
}

/** `?a=1&b=2` without what is null, undefined or empty; '' where nothing is left. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}
