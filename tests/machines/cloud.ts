import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { answers, freePort, startPython, stop } from '../servers.ts';
import { type Any, Front } from './front.ts';

export const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const LATE_MS = 120_000;

/** How an execution ended, and by which states it went. */
export type Ended = {
  arn: string;
  status: string;
  output: Any;
  error: string | undefined;
  cause: string | undefined;
  /** Names of states in the order in which they were entered, those of maps too. */
  states: string[];
};

export type Running = { arn: string; ended(): Promise<Ended>; abort(): Promise<void> };

/**
 * moto with its Step Functions really running machines, behind a {@link Front} that every call of a machine goes through. Machines run as
 * they are, but that pauses are cut short (`moto_states.py`). Region and account are those of the stack `dev` in the tests of the
 * infrastructure.
 */
export type Cloud = {
  front: Front;
  /** What a process needs in its environment to talk to it. */
  env: Record<string, string>;
  /** moto itself. */
  motoUrl: string;
  /** A topic whose messages stand in {@link Front.messages}. */
  makeTopic(name: string): Promise<void>;
  /** Makes the machine, once a definition; returns its ARN. */
  make(definition: object): Promise<string>;
  /** An execution that somebody else has started. */
  follow(executionArn: string): Promise<Ended>;
  abort(executionArn: string): Promise<void>;
  /** Makes the machine and starts it. */
  start(definition: object, input: unknown, name?: string): Promise<Running>;
  run(definition: object, input: unknown, name?: string): Promise<Ended>;
  stop(): Promise<void>;
};

export async function startCloud(): Promise<Cloud> {
  const motoPort = await freePort();
  const front = new Front(motoPort);
  const port = await front.open();
  const [url, motoUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${motoPort}`];
  const server = resolve(import.meta.dirname, 'moto_states.py');
  const child = startPython([server, '-H', '127.0.0.1', '-p', String(motoPort)], {
    MOTO_PORT: String(port),
    MOTO_ACCOUNT_ID: ACCOUNT,
  });
  await answers(`${motoUrl}/moto-api/data.json`, child);
  const config = JSON.stringify({ stepfunctions: { execute_state_machine: true } });
  await post(`${motoUrl}/moto-api/config`, { body: config });
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_SESSION_TOKEN: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  Object.assign(process.env, env);
  const machines = new Machines();
  return {
    ...{ front, env, motoUrl },
    async makeTopic(name) {
      const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
      await askSns(motoUrl, { Action: 'CreateTopic', Name: name });
      await askSns(motoUrl, { Action: 'Subscribe', TopicArn, Protocol: 'http', Endpoint: `${url}/subscriber` });
    },
    make: (definition) => machines.make(JSON.stringify(definition)),
    follow: (executionArn) => machines.follow(executionArn),
    abort: (executionArn) => machines.abort(executionArn),
    start: (definition, input, name) => machines.start(definition, input, name),
    run: async (definition, input, name) => (await machines.start(definition, input, name)).ended(),
    async stop() {
      await stop(child);
      front.close();
    },
  };
}

class Machines {
  private readonly client = new SFNClient({});
  private readonly made = new Map<string, Promise<string>>();

  async start(definition: object, input: unknown, name: string = crypto.randomUUID()): Promise<Running> {
    const stateMachineArn = await this.make(JSON.stringify(definition));
    const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    const { executionArn = '' } = await this.client.send(command);
    return {
      arn: executionArn,
      ended: () => this.follow(executionArn),
      abort: () => this.abort(executionArn),
    };
  }

  async abort(executionArn: string): Promise<void> {
    await this.client.send(new StopExecutionCommand({ executionArn }));
  }

  make(definition: string): Promise<string> {
    const name = `machine-${this.made.size}`;
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/states`;
    const made =
      this.made.get(definition) ??
      this.client
        .send(new CreateStateMachineCommand({ name, definition, roleArn }))
        .then(({ stateMachineArn = '' }) => stateMachineArn);
    this.made.set(definition, made);
    return made;
  }

  async follow(executionArn: string): Promise<Ended> {
    const late = Date.now() + LATE_MS;
    for (;;) {
      const {
        status = '',
        output,
        error,
        cause,
      } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') {
        const said = { arn: executionArn, status, error, cause, output: output && JSON.parse(output) };
        return { ...said, states: await this.statesOf(executionArn) };
      }
      if (Date.now() > late)
        throw new Error(`${executionArn} still runs: ${(await this.statesOf(executionArn)).join()}`);
      await sleep(50);
    }
  }

  private async statesOf(executionArn: string): Promise<string[]> {
    const { events = [] } = await this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  }
}

/** Signed by nobody: moto looks for the service's name in the header, and no further. */
function askSns(motoUrl: string, form: Record<string, string>): Promise<void> {
  const scope = `testing/20260101/${REGION}/sns/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
  return post(motoUrl, { headers, body: new URLSearchParams({ Version: '2010-03-31', ...form }) });
}

async function post(url: string, call: Pick<RequestInit, 'headers' | 'body'>): Promise<void> {
  const answer = await fetch(url, { method: 'POST', ...call } as RequestInit);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}
