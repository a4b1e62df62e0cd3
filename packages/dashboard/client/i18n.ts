import { type Format, makeFormat } from './format.ts';
import { en, type WordKey } from './words/en.ts';
import { es } from './words/es.ts';

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];
export type { WordKey } from './words/en.ts';

/** The words and numbers of a language: `t('key', {n: 3})` puts values where the text says `{n}`. */
export type Words = {
  language: Language;
  t(key: WordKey, values?: Record<string, string | number>): string;
  /** The word for a code of the results (`tier.High`, `status.succeeded`); a code without a word is shown as it is. */
  code(group: string, code: string | null | undefined): string;
  format: Format;
};

const DICTIONARIES: Record<Language, Record<WordKey, string>> = { en, es };

export function makeWords(language: Language): Words {
  const dictionary: Record<string, string> = DICTIONARIES[language];
  const put = (text: string, values: Record<string, string | number>): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return {
    language,
    t: (key, values = {}) => put(dictionary[key] ?? key, values),
    code: (group, code) => (code === null || code === undefined ? '–' : (dictionary[`${group}.${code}`] ?? code)),
    format: makeFormat(language),
  };
}

/** The language of the address, else the one chosen before, else the browser's, else English. */
export function chooseLanguage(asked: string | null, kept: string | null, browser: readonly string[]): Language {
  const wanted = [asked, kept, ...browser.map((one) => one.slice(0, 2).toLowerCase())];
  for (const one of wanted) {
    const found = LANGUAGES.find((language) => language === one);
    if (found !== undefined) return found;
  }
  return 'en';
}
