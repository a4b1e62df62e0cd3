import { formatCount, formatFixed, formatShare, textHeading, textList, textTable } from '@pilotlight/reporting';
import type { Evaluation } from './evaluation.ts';
import { compareRows, leakageRows, leakageSentence, subgroupRows, tierRows } from './evaluationRows.ts';

/** `evaluation.txt`: the evaluation for a terminal or a mail. */
export function renderEvaluationText(evaluation: Evaluation): string {
  const { gate, calibration } = evaluation;
  const leaks = leakageSentence(evaluation);
  const parts = [
    textHeading(`Churn model ${evaluation.experiment}, as of ${evaluation.as_of}`, '='),
    textList([
      ['Gate', gate.passed ? 'passed' : 'not passed'],
      ...gate.reasons.map((reason) => ['', reason] as const),
      ['Test customers', `${formatCount(evaluation.n_test)}, ${formatCount(evaluation.churners)} of them churners`],
      ['PR-AUC', formatFixed(evaluation.pr_auc)],
      ['ROC-AUC', formatFixed(evaluation.roc_auc)],
      ['Threshold', `${formatFixed(evaluation.threshold)} (${evaluation.threshold_reason}, out of fold)`],
      ['Precision', formatFixed(evaluation.precision)],
      ['Recall', formatFixed(evaluation.recall)],
      ['F1', formatFixed(evaluation.f1)],
      ['Lift at the threshold', formatFixed(evaluation.lift_at_threshold, 2)],
      ['Confusion', confusion(evaluation)],
      [
        'Calibration error',
        `${formatFixed(calibration.expected_error)} (${calibration.method}; before ${formatFixed(calibration.expected_error_before)})`,
      ],
      ['Features', `${formatCount(evaluation.features_count)}; declared absent: ${evaluation.missing.length}`],
    ]),
    textHeading('Beside it'),
    textTable(...numbersRight(compareRows(evaluation))),
    ...(leaks === null ? [] : [leaks, textTable(...numbersRight(leakageRows(evaluation.leakage)))]),
    textHeading('Risk tiers'),
    textTable(...numbersRight(tierRows(evaluation.tiers))),
    textHeading('Subgroups'),
    textTable(...numbersRight(subgroupRows(evaluation.subgroups))),
  ];
  return `${parts.join('\n\n')}\n`;
}

const confusion = ({ tp, fp, fn, tn, accuracy }: Evaluation) =>
  `TP ${formatCount(tp)}, FP ${formatCount(fp)}, FN ${formatCount(fn)}, TN ${formatCount(tn)}; accuracy ${formatShare(accuracy)}`;

function numbersRight({ columns, rows }: ReturnType<typeof tierRows>): Parameters<typeof textTable> {
  return [columns.map(({ header, numeric }) => ({ header, align: numeric ? 'right' : 'left' })), rows];
}
