import type { Drift, DriftFeature, DriftQuery, Model } from '../../api.ts';
import { readIfThere, readResult } from '../readResult.ts';
import type { Run } from '../results/run.ts';
import { type Context, chooseRun, NotFound } from './context.ts';
import { DRIFT_REPORT, DriftReport, type Feature } from './driftFiles.ts';

type Available = Extract<Drift, { available: true }>;
type Part = DriftReport['model_types'][number];

/** So many runs at most are looked through for history. */
const RUNS_MAX = 52;
const SEVERITIES = ['HIGH', 'MODERATE', 'LOW'];

/** Drift of one part of the model: each feature, and one of them in full; over runs. */
export async function readDrift(context: Context, model: Model, query: DriftQuery): Promise<Drift> {
  const name = DRIFT_REPORT[model];
  const pattern = model === 'churn' ? /^monitoring\/drift_report\.json$/ : /^drift\/drift_report\.json$/;
  const run = await chooseRun(context, model, query.run, pattern, 'a drift report');
  const report = await readResult(run, name, DriftReport);
  const parts = report.model_types.map(({ model_type }) => model_type);
  const part = query.part === undefined ? report.model_types[0] : find(report, query.part);
  if (query.part !== undefined && part === undefined && parts.length > 0) throw new NotFound(`no part ${query.part}`);
  const features = rank(part?.features ?? []);
  const past = await history(context, model);
  const score = part?.prediction?.columns[0];
  const { psi_low, psi_high, p_value_max, drifted_share_max } = report.thresholds;
  return {
    available: true,
    model,
    run: run.ref,
    parts,
    part: part?.model_type ?? null,
    status: part?.status ?? report.status,
    detected: part?.overall_drift ?? report.overall_drift,
    reason: part?.reason || report.reason,
    reference: report.reference ?? null,
    current: report.current ?? null,
    reference_rows: part?.reference_rows ?? 0,
    current_rows: part?.current_rows ?? 0,
    thresholds: {
      psi_low: psi_low ?? null,
      psi_high: psi_high ?? null,
      p_value_max: p_value_max ?? null,
      drifted_share_max: drifted_share_max ?? null,
    },
    severities: severitiesOf(part),
    score: score ? driftFeature(score) : null,
    features: features.map(driftFeature),
    detail: detailOf([...features, ...(score ? [score] : [])], query.feature, part?.model_type, past),
    history: past.map(({ run: one, report: its }) => pointOf(one, its, part?.model_type)),
  };
}

type Past = { run: Run; report: DriftReport };

/** Oldest first; reports that cannot be read are left out. */
async function history({ results }: Context, model: Model): Promise<Past[]> {
  const runs = (await results.runs(model)).slice(0, RUNS_MAX);
  const found = await Promise.all(
    runs.map(async (run) => ({ run, report: await readIfThere(run, DRIFT_REPORT[model], DriftReport) })),
  );
  return found.flatMap(({ run, report }) => (report ? [{ run, report }] : [])).reverse();
}

const find = (report: DriftReport, part: string) => report.model_types.find(({ model_type }) => model_type === part);

function pointOf({ ref }: Run, report: DriftReport, name: string | undefined): Available['history'][number] {
  const part = name === undefined ? report.model_types[0] : find(report, name);
  const psi = (part?.features ?? []).flatMap((feature) => (typeof feature.psi === 'number' ? [feature.psi] : []));
  const score = part?.prediction?.columns[0];
  return {
    run_id: ref.run_id,
    as_of: ref.as_of,
    status: part?.status ?? report.status,
    detected: part?.overall_drift ?? report.overall_drift,
    features_drifted: part?.features_drifted ?? null,
    features_measured: part?.features_measured ?? null,
    psi_max: psi.length > 0 ? Math.max(...psi) : null,
    score_statistic: score ? statisticOf(score) : null,
    score_p: score?.p ?? null,
    score_psi: score?.psi ?? null,
  };
}

function detailOf(
  features: readonly Feature[],
  wanted: string | undefined,
  part: string | undefined,
  past: readonly Past[],
): Available['detail'] {
  const feature = wanted === undefined ? features[0] : features.find(({ name }) => name === wanted);
  if (feature === undefined) {
    if (wanted === undefined || features.length === 0) return null;
    throw new NotFound(`no feature ${wanted} in this drift report`);
  }
  return {
    feature: driftFeature(feature),
    bins: (feature.bins ?? []).map((bin) => ({
      label: bin.label,
      lower: bin.lower ?? null,
      upper: bin.upper ?? null,
      reference_share: bin.reference_share ?? null,
      current_share: bin.current_share ?? null,
      reference_count: bin.reference_count,
      current_count: bin.current_count,
      contribution: bin.contribution ?? null,
    })),
    history: past.flatMap(({ run, report }) => {
      const its = part === undefined ? undefined : find(report, part);
      const columns = [...(its?.features ?? []), ...(its?.prediction?.columns ?? [])];
      const one = columns.find(({ name }) => name === feature.name);
      if (one === undefined) return [];
      const { statistic, p, psi, severity, drifted } = driftFeature(one);
      return [{ run_id: run.ref.run_id, as_of: run.ref.as_of, statistic, p, psi, severity, drifted }];
    }),
  };
}

/** Drifted first, then by severity, then by PSI (without bound: first), then by p. */
function rank(features: readonly Feature[]): Feature[] {
  const severity = (feature: Feature) => {
    const at = SEVERITIES.indexOf(feature.severity ?? '');
    return at < 0 ? SEVERITIES.length : at;
  };
  const psi = ({ psi: value, psi_infinite }: Feature) => (psi_infinite ? Number.MAX_VALUE : (value ?? -1));
  return features.toSorted(
    (a, b) =>
      Number(b.drifted) - Number(a.drifted) ||
      severity(a) - severity(b) ||
      psi(b) - psi(a) ||
      (a.p ?? 2) - (b.p ?? 2) ||
      (a.name < b.name ? -1 : 1),
  );
}

const statisticOf = ({ ks, chi_squared }: Feature) => ks?.d ?? chi_squared?.statistic ?? null;

function driftFeature(feature: Feature): DriftFeature {
  return {
    name: feature.name,
    kind: feature.kind,
    status: feature.status,
    reason: feature.reason ?? null,
    statistic_name: feature.ks ? 'ks' : feature.chi_squared ? 'chi_squared' : null,
    statistic: statisticOf(feature),
    p: feature.p ?? null,
    q: feature.q ?? null,
    psi: feature.psi ?? null,
    psi_infinite: feature.psi_infinite,
    severity: feature.severity ?? 'NONE',
    drifted: feature.drifted,
  };
}

function severitiesOf(part: Part | undefined): Available['severities'] {
  const { HIGH = 0, MODERATE = 0, LOW = 0, NONE = 0 } = part?.severity_counts ?? {};
  return { HIGH, MODERATE, LOW, NONE };
}
