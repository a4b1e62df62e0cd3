/**
 * Why an archive member's name may not be used, or null when it may: relative, `/` between parts, no part `.` or `..`,
 * nothing that another system reads as a path of its own (back slash, drive letter).
 */
export function faultOfName(name: string): string | null {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'has a NUL';
  if (name.includes('\\')) return 'has a back slash';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is absolute';
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) return 'leaves the folder (..)';
  if (parts.some((part) => part === '' || part === '.')) return 'has an empty part';
  return null;
}
