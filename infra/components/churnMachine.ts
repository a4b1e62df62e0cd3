import { compileStateMachine, type StateMachine } from '@pilotlight/pipeline';
import { churnRoots, churn as definition } from '@pilotlight/pipelines/churn/definition.ts';
import type { Context } from '../context.ts';
import { jobOptions, type KnownPlace } from './jobOptions.ts';

/** What a person who starts a run may set; `mode` is always one of them. */
const INPUTS = ['AsOf', 'ConfigUri', 'Experiment', 'ModelVersion'];

/**
 * The churn system as a state machine. It has no time limit as a whole: nothing could catch that one, and the manifest would say for
 * ever that the run goes on. Every task has its own limit, which is caught, recorded and told, and no state is entered twice.
 *
 * Nobody wakes MLflow for it, as the weekly machine does: steps keep their results first, and a server that sleeps is a warning.
 */
export function churnMachine(context: Context, place: KnownPlace): StateMachine {
  const { names } = context;
  const options = jobOptions(context, 'churn', place);
  return compileStateMachine(definition, {
    ...options,
    defaults: {
      ...options.defaults,
      RawUri: `${options.bucketUri}/raw/churn/`,
      OutputUri: `${options.bucketUri}/scored`,
      RegistryUri: `${options.bucketUri}/models/registry`,
      ModelGroup: names.modelGroups.churn.name,
    },
    roots: churnRoots,
    inputs: INPUTS,
    tableName: names.manifest.name,
    alertTopicArn: names.alerts.arn,
  });
}
