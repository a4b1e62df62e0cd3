import type { ColumnDrift, DriftReportInput, DriftTable, Severity } from '@pilotlight/reporting';

/** A measured column with two bins; figures as they come, not computed. */
export function column(name: string, psi: number, severity: Severity, change: Partial<ColumnDrift> = {}): ColumnDrift {
  return {
    name,
    kind: 'numeric',
    status: 'measured',
    psi,
    psiByChance: 0.0123,
    ks: { d: 0.25, dErrorMax: 0, p: 0.03125 },
    p: 0.03125,
    q: 0.0625,
    severity,
    bins: [bin('<= 10', 0.5, 0.25, psi / 4), bin('> 10', 0.5, 0.75, (psi * 3) / 4)],
    unseenCategories: [],
    pooledCategories: 0,
    ...change,
  };
}

export function bin(label: string, referenceShare: number, currentShare: number, contribution: number) {
  return {
    label,
    lower: null,
    upper: 10,
    referenceCount: referenceShare * 1000,
    currentCount: currentShare * 2000,
    referenceShare,
    currentShare,
    contribution,
  };
}

export function unmeasured(name: string, reason: string): ColumnDrift {
  return { name, kind: 'categorical', status: 'not_measurable', reason, psi: null, bins: [] };
}

export function driftTable(columns: ColumnDrift[], change: Partial<DriftTable> = {}): DriftTable {
  return {
    referenceRows: 1000,
    currentRows: 2000,
    referenceKind: 'data',
    zeroRule: { kind: 'replace', value: 1e-4 },
    columns,
    ...change,
  };
}

export function input(tables: Record<string, DriftTable>, change: Partial<DriftReportInput> = {}): DriftReportInput {
  return {
    tables,
    thresholds: { drift_threshold: 0.25, p_value_max: 0.05, drifted_share_max: 0.1 },
    executionDate: '2026-01-06',
    referenceDescription: 'customers before 2015',
    currentDescription: 'customers from 2015 on',
    ...change,
  };
}
