import type { Language } from './i18n.ts';

const LOCALES: Record<Language, string> = { en: 'en-GB', es: 'es-ES' };
const MISSING = '–';

/** Numbers, money, shares and times as the reader's language writes them. A value that is not there is a dash. */
export type Format = {
  count(value: number | null | undefined): string;
  number(value: number | null | undefined, digits?: number): string;
  share(value: number | null | undefined, digits?: number): string;
  euro(value: number | null | undefined, digits?: number): string;
  short(value: number | null | undefined): string;
  pValue(value: number | null | undefined): string;
  date(value: string | null | undefined): string;
  time(value: string | null | undefined): string;
  duration(value_s: number | null | undefined): string;
  bytes(value: number | null | undefined): string;
};

/** The formats of a language; shares are of 1 (0.25 is 25 %), durations in seconds, dates in ISO 8601 (times shown in UTC). */
export function makeFormat(language: Language): Format {
  const locale = LOCALES[language];
  const known = (value: number | null | undefined): value is number =>
    typeof value === 'number' && Number.isFinite(value);
  const write = (value: number | null | undefined, options: Intl.NumberFormatOptions): string =>
    known(value) ? new Intl.NumberFormat(locale, { useGrouping: 'always', ...options }).format(value) : MISSING;
  const fixed = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });
  const when = (value: string | null | undefined, options: Intl.DateTimeFormatOptions): string => {
    const date = new Date(value ?? Number.NaN);
    if (Number.isNaN(date.getTime())) return value ?? MISSING;
    return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(date);
  };
  return {
    count: (value) => write(value, { maximumFractionDigits: 0 }),
    number: (value, digits = 3) => write(value, fixed(digits)),
    share: (value, digits = 1) => write(value, { style: 'percent', ...fixed(digits) }),
    euro: (value, digits = 2) => write(value, { style: 'currency', currency: 'EUR', ...fixed(digits) }),
    short: (value) => write(value, { notation: 'compact', maximumFractionDigits: 1 }),
    pValue: (value) => (known(value) && value < 1e-4 ? `< ${write(1e-4, fixed(4))}` : write(value, fixed(4))),
    date: (value) => when(value, { dateStyle: 'medium' }),
    time: (value) => when(value, { dateStyle: 'medium', timeStyle: 'short' }),
    duration: (value_s) =>
      known(value_s) ? duration(value_s, (value, digits) => write(value, fixed(digits))) : MISSING,
    bytes: (value) => (known(value) ? `${write(value / 2 ** 20, fixed(0))} MB` : MISSING),
  };
}

function duration(value_s: number, write: (value: number, digits: number) => string): string {
  if (value_s < 60) return `${write(value_s, value_s < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(value_s / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(value_s % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
