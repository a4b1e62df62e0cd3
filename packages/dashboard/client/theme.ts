export type Theme = 'light' | 'dark';

const KEY = 'pilotlight.theme';

/** What the reader chose before, else what the system prefers. */
export function readTheme(): Theme {
  const kept = keep.read(KEY);
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  keep.write(KEY, theme);
  applyTheme(theme);
}

/** The browser's own memory; where it is forbidden, nothing is kept and nothing fails. */
export const keep = {
  read(key: string): string | null {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(key: string, value: string): void {
    try {
      localStorage.setItem(key, value);
    } catch {
      return;
    }
  },
};
