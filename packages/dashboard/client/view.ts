import type { RunRef, Session } from '../api.ts';
import type { Model, Page } from './address.ts';
import type { Child } from './dom.ts';
import type { Words } from './i18n.ts';

/** What a page is given: whose results, in which words, what the address says, and how to ask and to link. */
export type View = {
  model: Model;
  page: Page;
  query: URLSearchParams;
  words: Words;
  session: Session | null;
  runs: readonly RunRef[];
  /** Asks the server: `ask('customers', {tier: 'High'})` is `/api/v1/<model>/customers?tier=High`. Throws {@link AskError}. */
  ask<T>(thing: string, query?: Query): Promise<T>;
  /** The address of another page (or of this one with changes); run and language come along. */
  link(page: Page, changes?: Record<string, string | null>, model?: Model): string;
  /** Goes to this page with changes of the query. */
  change(changes: Record<string, string | null>): void;
};

export type Query = Record<string, string | number | null | undefined>;
export type PageBuilder = (view: View) => Promise<Child>;
