export const MODELS = ['churn', 'segmentation'] as const;
export const PAGES = [
  'overview',
  'data-explorer',
  'model-performance',
  'drift-monitor',
  'customer-risk',
  'customer-lookup',
  'recommendations',
  'pipeline-status',
] as const;

export type Model = (typeof MODELS)[number];
export type Page = (typeof PAGES)[number];

/** What is shown: `/<model>/<page>?<query>`. The query holds everything else, so that an address can be sent to a colleague. */
export type Address = { model: Model | null; page: Page; query: URLSearchParams };

/** Reads the address bar; what is not known is the first of its kind, a model that is not said is null (the server's first). */
export function readAddress(location: { pathname: string; search: string }): Address {
  const [model, page] = location.pathname.split('/').filter((part) => part !== '');
  return {
    model: MODELS.find((one) => one === model) ?? null,
    page: PAGES.find((one) => one === page) ?? 'overview',
    query: new URLSearchParams(location.search),
  };
}

/** The address as text. Keys stand in the order of the alphabet, empty values are left away: one view, one address. */
export function writeAddress(model: Model, page: Page, query: URLSearchParams | Record<string, string> = {}): string {
  const pairs = [...new URLSearchParams(query)].filter(([, value]) => value !== '');
  const text = new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  return `/${model}/${page}${text === '' ? '' : `?${text}`}`;
}

/** The query with changes: null and '' take a key away. Filters that change go back to the first page of a list. */
export function changeQuery(query: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const next = new URLSearchParams(query);
  if (!('page' in changes)) next.delete('page');
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** Where the server answers questions. */
export const API = '/api/v1';
