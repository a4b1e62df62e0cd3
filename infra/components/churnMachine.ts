import { compileStateMachine, type StateMachine } from '@pilotlight/pipeline';
import { churn as definition } from '@pilotlight/pipelines/churn/definition.ts';
import type { Context } from '../context.ts';
import { jobOptions, type KnownPlace, secondsMax } from './jobOptions.ts';

/** Layers stand where their name says; what has no layer of its own goes beside what it is about. */
const ROOTS = {
  'Evaluate.evaluation': 'RegistryUri',
  'Register.registration': 'RegistryUri',
  'Recommend.recommendations': 'OutputUri',
};

/** What a person who starts a run may set; `mode` is always one of them. */
const INPUTS = ['AsOf', 'Experiment', 'ModelVersion'];

/** A job may be tried twice, and machines take their time to come. */
const PATIENCE = 2.5;

/** The churn system as a state machine, ended by a limit of its own if all others fail. */
export function churnMachine(context: Context, place: KnownPlace): StateMachine & { TimeoutSeconds: number } {
  const { names, settings } = context;
  const options = jobOptions(context, 'churn', place);
  const machine = compileStateMachine(definition, {
    ...options,
    defaults: {
      ...options.defaults,
      RawUri: `${options.bucketUri}/raw/churn`,
      OutputUri: `${options.bucketUri}/scored`,
      RegistryUri: `${options.bucketUri}/models/registry`,
      ModelGroup: names.modelGroups.churn.name,
    },
    roots: ROOTS,
    inputs: INPUTS,
    tableName: names.manifest.name,
    alertTopicArn: names.alerts.arn,
  });
  return { ...machine, TimeoutSeconds: PATIENCE * secondsMax(definition, settings.churn.timeLimitMinutes) };
}
