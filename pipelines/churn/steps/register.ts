import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { requireParameter, type StepContext, type StepFunction } from '@pilotlight/pipeline';
import { type Facts, openRegistry, type Registry, type Version } from '@pilotlight/registry';
import { z } from 'zod';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import type { ChurnConfig } from '../config.ts';
import { type ChurnModel, openModel } from '../modelFolder.ts';
import { REGISTRATION_FILE, type Registration } from '../registration.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/**
 * Keeps a trained model in the registry, with its evaluation, and lets the gate decide: passed, it becomes the champion (or waits for a
 * person, where approval is manual); failed, it is rejected and the champion stays, which is no error.
 *
 * Inputs `model` and `evaluation`. Output `registration`: `registration.json`. Done again, it finds what it registered and decides
 * nothing that was decided since.
 */
export const register: StepFunction = async (context) => {
  const { promotion } = stepConfig(context).modeling;
  const out = requiredOutput(context, 'registration');
  const model = openModel(requiredInput(context, 'model'));
  const evaluated = requiredInput(context, 'evaluation');
  const evaluation = readEvaluation(evaluated);
  checkPair(context, model, evaluation, evaluated);
  const group = requireParameter(context, 'ModelGroup');
  const registry = openRegistry(requireParameter(context, 'RegistryUri'));
  const work = mkdtempSync(path.join(out, '.work-'));
  try {
    const decision = decide(evaluation, promotion);
    const artifacts = gather(model.folder, evaluated, path.join(work, 'artifacts'));
    const version = await keep(registry, { group, artifacts, model, evaluation, decision });
    const registration = await describe(registry, version, decision);
    await writeJson(path.join(out, REGISTRATION_FILE), registration);
    const { log } = context;
    if (registration.status === 'rejected') log.warn(registration, 'the gate rejected the model: the champion stays');
    else log.info(registration, 'registered');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** In the history of the registry, a decision of the gate and not of a person. */
const BY = 'gate';
/** In a version's folder, beside the files of the model. */
const EVALUATION_FOLDER = 'evaluation';
const METRICS = ['pr_auc', 'roc_auc', 'precision', 'recall', 'f1'] as const;

/** The part of `evaluation.json` that is acted on. */
const EvaluationSchema = z.object({
  schema_version: z.literal(1),
  experiment: z.string(),
  as_of: z.string(),
  gate: z.object({ passed: z.boolean(), reasons: z.array(z.string()) }),
  ...Object.fromEntries(METRICS.map((name) => [name, z.number().nullish()])),
});
type Evaluation = z.output<typeof EvaluationSchema> & Partial<Record<(typeof METRICS)[number], number | null>>;

type Decision = { status: 'approved' | 'pending' | 'rejected'; reasons: string[] };

function readEvaluation(folder: string): Evaluation {
  const file = path.join(folder, 'evaluation.json');
  if (!existsSync(file)) {
    throw inputError('evaluation_missing', 'no such file', file, 'give the folder that Evaluate wrote');
  }
  try {
    return EvaluationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('evaluation_invalid', 'not an evaluation of this version', file, 'run Evaluate again', cause);
  }
}

/** An evaluation of another model would let this one pass. */
function checkPair(context: StepContext, { metadata, folder }: ChurnModel, evaluation: Evaluation, where: string) {
  const date = asOf(context);
  if (metadata.as_of !== date) {
    const what = `the model is of ${metadata.as_of}, and this run is for ${date}`;
    throw inputError('model_date', what, folder, 'train it again');
  }
  if (evaluation.as_of === metadata.as_of && evaluation.experiment === metadata.experiment) return;
  const what = `the evaluation is of ${evaluation.experiment}, ${evaluation.as_of}, the model of ${metadata.experiment}, ${metadata.as_of}`;
  throw inputError('evaluation_mismatch', what, where, 'run Evaluate again on this model');
}

function decide({ gate }: Evaluation, { approval }: ChurnConfig['modeling']['promotion']): Decision {
  const { reasons } = gate;
  if (!gate.passed) return { status: 'rejected', reasons };
  return { status: approval === 'automatic' ? 'approved' : 'pending', reasons };
}

/** Copies what a version is made of into one folder. */
function gather(model: string, evaluation: string, target: string): string {
  const filter = (source: string) => !path.basename(source).startsWith('.');
  cpSync(model, target, { recursive: true, filter });
  cpSync(evaluation, path.join(target, EVALUATION_FOLDER), { recursive: true, filter });
  return target;
}

type Content = { group: string; artifacts: string; model: ChurnModel; evaluation: Evaluation; decision: Decision };

async function keep(registry: Registry, content: Content): Promise<Version> {
  const { group, artifacts, model, decision } = content;
  const reason =
    decision.reasons.join('; ') || (decision.status === 'rejected' ? 'the gate failed' : 'the gate passed');
  const modelSha256 = createHash('sha256').update(readFileSync(model.modelPath)).digest('hex');
  const by = { by: BY, reason };
  const facts = factsOf(content);
  const found = await registry.register({ group, artifacts, facts, modelSha256, status: decision.status, ...by });
  // Registered before under `manual`, and nobody has decided since.
  if (found.status !== 'pending' || decision.status === 'pending') return found;
  const request = { group, version: found.version, ...by };
  return decision.status === 'approved' ? registry.approve(request) : registry.reject(request);
}

function factsOf({ model, evaluation, decision }: Content): Facts {
  const { metadata } = model;
  const metrics = METRICS.flatMap((name) => (typeof evaluation[name] === 'number' ? [[name, evaluation[name]]] : []));
  return {
    experiment: metadata.experiment,
    as_of: metadata.as_of,
    score: metadata.score,
    threshold: metadata.threshold,
    metrics: Object.fromEntries(metrics),
    gate: { passed: decision.status !== 'rejected', reasons: decision.reasons },
    features: metadata.features.map(({ name }) => name),
    rows: metadata.rows,
    text_scorer: metadata.text_scorer,
    data_fingerprint: metadata.data_fingerprint,
    code_version: metadata.code_version,
  };
}

async function describe(registry: Registry, version: Version, decision: Decision): Promise<Registration> {
  const versions = await registry.list(version.group);
  return {
    schema_version: 1,
    group: version.group,
    version: version.version,
    status: version.status,
    champion_version: versions.find((one) => one.status === 'approved')?.version ?? null,
    reasons: decision.reasons,
  };
}
