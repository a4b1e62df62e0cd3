import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { clientOptions, s3Options } from '@pilotlight/aws';
import * as z from 'zod';
import { readEnvironment } from './environment.ts';
import { makeHandler, type Tools } from './handler.ts';
import { fileKeyOf } from './manifest/fileKey.ts';
import { type NewObject, newObjectsOf } from './manifest/newObjects.ts';
import { reasonOutdated } from './manifest/reasonOutdated.ts';
import { runFile } from './manifest/runFile.ts';
import { PATTERN, reasonToIgnore } from './manifest/triggerRule.ts';
import type { Trigger } from './types.ts';

const ENVIRONMENT = {
  PILOTLIGHT_BUCKET: z.string(),
  PILOTLIGHT_RAW_PREFIX: z.string().regex(/^[^/].*\/$/, 'a prefix as raw/churn/'),
  PILOTLIGHT_TABLE: z.string(),
  PILOTLIGHT_MACHINE_ARN: z.string().regex(/^arn:[\w-]+:states:/, 'the ARN of a state machine'),
  PILOTLIGHT_TRIGGER_PATTERN: z.string().default(PATTERN),
};

type Setup = ReturnType<typeof prepare>;

/**
 * New objects in the bucket start the churn machine, once a delivery. Which object ends a delivery is said by
 * `PILOTLIGHT_TRIGGER_PATTERN`, a glob below `PILOTLIGHT_RAW_PREFIX`; the default is the marker `_SUCCESS`, written last. Whoever
 * cannot write one names the file that comes last (`consumption_hourly_*`).
 *
 * An event that cannot be read, and a run that cannot be started, are errors: Lambda delivers the event again, and in the end to the
 * dead letters. The other objects of the same event are seen to first.
 */
export const handler = makeHandler('trigger', prepare, trigger);

function prepare() {
  const env = readEnvironment(ENVIRONMENT);
  return {
    rule: {
      bucket: env.PILOTLIGHT_BUCKET,
      prefix: env.PILOTLIGHT_RAW_PREFIX,
      pattern: env.PILOTLIGHT_TRIGGER_PATTERN,
    },
    table: env.PILOTLIGHT_TABLE,
    s3: new S3Client(s3Options()),
    dynamodb: new DynamoDBClient(clientOptions()),
    machine: { sfn: new SFNClient(clientOptions()), machineArn: env.PILOTLIGHT_MACHINE_ARN },
  };
}

async function trigger(event: unknown, tools: Tools<Setup>): Promise<Trigger['output']> {
  const { objects, ignored } = newObjectsOf(event);
  const output: Trigger['output'] = { runs: [], ignored };
  const failures: unknown[] = [];
  for (const object of objects) {
    try {
      await see(object, output, tools);
    } catch (error) {
      failures.push(error);
    }
  }
  for (const { key, reason } of ignored) tools.log.info({ key, reason }, 'ignored');
  if (failures.length > 1) tools.log.warn({ failures_count: failures.length }, 'the first of several failures follows');
  if (failures.length > 0) throw failures[0];
  return output;
}

async function see(object: NewObject, output: Trigger['output'], { setup, log, signal }: Tools<Setup>): Promise<void> {
  const { rule, s3, dynamodb, table, machine } = setup;
  const reason = reasonToIgnore(object, rule) ?? (await reasonOutdated(object, s3, signal));
  if (reason !== null) {
    output.ignored.push({ key: object.key, reason });
    return;
  }
  const run = await runFile(fileKeyOf(object), { dynamodb, table, signal }, machine);
  output.runs.push(run);
  log.info(run, `run ${run.outcome}`);
}
