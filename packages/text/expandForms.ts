import { foldText } from './foldText.ts';

/**
 * The forms that one entry of a word list stands for, folded: `renew(,al,als)` is renew, renewal and renewals; several
 * groups multiply. Words of a phrase are separated by one space.
 */
export function expandForms(entry: string): string[] {
  const group = /^([^()]*)\(([^()]*)\)(.*)$/.exec(entry);
  if (!group) return [foldText(entry)];
  const [, before = '', endings = '', after = ''] = group;
  return endings.split(',').flatMap((ending) => expandForms(`${before}${ending.trim()}${after}`));
}
