import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Server, UntypedServiceImplementation } from '@grpc/grpc-js';
import { type CapturedResource, type Inputs, listen, type Monitor, type Stack } from './mocks.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
// From where @pulumi/pulumi stands, so that messages are of the same copies of gRPC and protobuf as its own.
const own = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc: typeof import('@grpc/grpc-js') = own('@grpc/grpc-js');
const { ResourceMonitorService } = own('./proto/resource_grpc_pb.js');
const { EngineService } = own('./proto/engine_grpc_pb.js');
const { GetRootResourceResponse, SetRootResourceResponse } = own('./proto/engine_pb.js');
const { Empty } = own('google-protobuf/google/protobuf/empty_pb.js');

export type Ran = {
  code: number | null;
  resources: CapturedResource[];
  /** What the program said to the engine, and on its own streams. */
  errors: string[];
  stdout: string;
  stderr: string;
  /** Outputs of the stack, as registered. */
  outputs: Inputs;
};

// biome-ignore lint/suspicious/noExplicitAny: messages are generated JavaScript
type Call = { request: any };
type Callback = (error: unknown, response?: unknown) => void;
type Handlers = Record<string, (call: Call, answer: Callback) => void>;

/** gRPC's own types ask for more arguments than a call without streams has. */
const untyped = (handlers: Handlers) => handlers as unknown as UntypedServiceImplementation;

/**
 * Runs the program as Pulumi's language host does: `@pulumi/pulumi/cmd/run` in a process of its own, with an engine and a resource monitor
 * (here: on loopback, answering as the mocks do) told by address, and the configuration in the environment.
 */
export async function runProgram(stack: Stack, values: Inputs, program: { pwd: string; entry: string }): Promise<Ran> {
  const ran: Ran = { code: null, resources: [], errors: [], stdout: '', stderr: '', outputs: {} };
  const monitor = await listen(stack, values, ran.resources);
  const server = new grpc.Server();
  server.addService(ResourceMonitorService, untyped(monitorService(monitor, ran)));
  server.addService(EngineService, untyped(engineService(ran)));
  const address = `127.0.0.1:${await bind(server)}`;
  try {
    await execute(address, stack, values, program, ran);
  } finally {
    server.forceShutdown();
  }
  return ran;
}

function monitorService(monitor: Monitor, ran: Ran): Handlers {
  const pass = (name: keyof Monitor) => (call: Call, answer: Callback) => void monitor[name](call.request, answer);
  return {
    getDeploymentInfo: pass('getDeploymentInfo'),
    registerResource: pass('registerResource'),
    readResource: pass('readResource'),
    invoke: pass('invoke'),
    registerPackage: pass('registerPackage'),
    registerResourceOutputs: ({ request }: Call, answer: Callback) => {
      const isStack = /::pulumi:pulumi:Stack::/.test(request.getUrn());
      if (isStack) ran.outputs = request.getOutputs()?.toJavaScript() ?? {};
      answer(null, new Empty());
    },
    signalAndWaitForShutdown: (_: Call, answer: Callback) => answer(null, new Empty()),
  };
}

function engineService(ran: Ran): Handlers {
  let root = '';
  return {
    log: ({ request }: Call, answer: Callback) => {
      const isError = request.getSeverity() >= 3;
      if (isError) ran.errors.push(request.getMessage());
      answer(null, new Empty());
    },
    setRootResource: ({ request }: Call, answer: Callback) => {
      root = request.getUrn();
      answer(null, new SetRootResourceResponse());
    },
    getRootResource: (_: Call, answer: Callback) => {
      const response = new GetRootResourceResponse();
      response.setUrn(root);
      answer(null, response);
    },
  };
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
}

function execute(
  address: string,
  stack: Stack,
  values: Inputs,
  { pwd, entry }: { pwd: string; entry: string },
  ran: Ran,
) {
  const runner = path.dirname(own.resolve('./cmd/run/index.js'));
  const place = ['--project', 'pilotlight', '--stack', stack, '--pwd', path.join(ROOT, pwd), '--root-directory', ROOT];
  const ends = ['--monitor', address, '--engine', address, '--dry-run', '--parallel', '16'];
  const bag = Object.entries(values).map(([key, value]) => [
    `pilotlight:config:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const child = spawn(process.execPath, [runner, ...ends, ...place, entry], {
    cwd: path.join(ROOT, pwd),
    env: { ...process.env, PULUMI_NODEJS_TYPESCRIPT: 'false', PULUMI_CONFIG: JSON.stringify(Object.fromEntries(bag)) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  child.stdout.on('data', (data) => {
    ran.stdout += data;
  });
  child.stderr.on('data', (data) => {
    ran.stderr += data;
  });
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      ran.code = code;
      resolve();
    });
  });
}
