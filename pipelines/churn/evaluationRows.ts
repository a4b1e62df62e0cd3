import { formatCount, formatFixed, formatShare, type TableColumn } from '@pilotlight/reporting';
import type { Evaluation, Subgroup, TierFigures } from './evaluation.ts';
import type { LeakageWarning } from './leakage.ts';

/** A table for the page and for plain text alike. */
export type Rows = { columns: TableColumn[]; rows: string[][] };

const number = (header: string) => ({ header, numeric: true });

/** Experiments out of fold, then the champion on the test rows. */
export function compareRows({ beside, champion, pr_auc, roc_auc, experiment }: Evaluation): Rows {
  const rows = beside.map((one) => [
    `${one.experiment}${one.role === 'trained' ? ' (this model)' : ''}`,
    'out of fold',
    formatCount(one.features),
    formatFixed(one.pr_auc),
    formatFixed(one.pr_auc_fold_sd),
    formatFixed(one.roc_auc),
  ]);
  rows.push([
    `${experiment} (this model)`,
    'test',
    formatCount(beside[0]?.features),
    formatFixed(pr_auc),
    '-',
    formatFixed(roc_auc),
  ]);
  if (champion) {
    const name = `champion, version ${champion.version}${champion.experiment ? ` (${champion.experiment})` : ''}`;
    rows.push([name, 'test', '-', formatFixed(champion.pr_auc), '-', formatFixed(champion.roc_auc)]);
  }
  const columns = [
    { header: 'Model' },
    { header: 'Rows' },
    ...['Features', 'PR-AUC', 'sd of folds', 'ROC-AUC'].map(number),
  ];
  return { columns, rows };
}

export function leakageRows(warnings: readonly LeakageWarning[]): Rows {
  return {
    columns: [{ header: 'Feature' }, { header: 'Level' }, ...['Customers', 'Churners', 'Churn rate'].map(number)],
    rows: warnings.map((one) => [
      one.feature,
      one.level === null ? '(missing)' : String(one.level),
      formatCount(one.rows),
      formatCount(one.churners),
      formatShare(one.churn_rate, 2),
    ]),
  };
}

/** What the warnings mean for the figures, or null without any. */
export function leakageSentence({ leakage, beside }: Evaluation): string | null {
  if (leakage.length === 0) return null;
  const features = [...new Set(leakage.map(({ feature }) => feature))];
  const named = `${features.slice(0, 3).join(', ')}${features.length > 3 ? ` and ${features.length - 3} more` : ''}`;
  const fromText = leakage.some((warning) => warning.from_text);
  const subject = fromText ? 'The texts nearly know the outcome' : 'Some features nearly know the outcome';
  const free = beside.filter(({ text_features }) => text_features === 0);
  const honest = free.map(({ experiment, pr_auc }) => `${experiment} has PR-AUC ${formatFixed(pr_auc)}`);
  const look = fromText && free.length > 0 ? ` Without any text, ${honest.join(' and ')}.` : '';
  return `${subject}: levels of ${named} are all but the answer, and figures with them hold only where they are known before a customer decides.${look}`;
}

export function tierRows(tiers: readonly TierFigures[]): Rows {
  return {
    columns: [{ header: 'Tier' }, ...['Customers', 'Churners', 'Churn rate'].map(number)],
    rows: tiers.map(({ tier, rows, churners, churn_rate }) => [
      tier,
      formatCount(rows),
      formatCount(churners),
      formatShare(churn_rate),
    ]),
  };
}

export function subgroupRows(subgroups: readonly Subgroup[]): Rows {
  const figures = ['PR-AUC', 'ROC-AUC', 'Precision', 'Recall'];
  return {
    columns: [{ header: 'Group' }, ...['Customers', 'Churners', ...figures].map(number), { header: 'Not defined' }],
    rows: subgroups.map((group) => [
      `${group.column} ${group.value === null ? '(missing)' : group.value}`,
      formatCount(group.rows),
      formatCount(group.churners),
      ...[group.pr_auc, group.roc_auc, group.precision, group.recall].map((value) => formatFixed(value, 3)),
      [...new Set(Object.values(group.reasons))].join(', '),
    ]),
  };
}
