import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Client } from '@grpc/grpc-js';
import type { CapturedResource, Inputs } from './mocks.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const own = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc: typeof import('@grpc/grpc-js') = own('@grpc/grpc-js');
const messages = own('./proto/analyzer_pb.js');
const { AnalyzerClient } = own('./proto/analyzer_grpc_pb.js');
const { Empty } = own('google-protobuf/google/protobuf/empty_pb.js');
const { Struct } = own('google-protobuf/google/protobuf/struct_pb.js');

export type Diagnostic = { policy: string; message: string; urn: string; mandatory: boolean };

// biome-ignore lint/suspicious/noExplicitAny: messages are generated JavaScript
type Message = any;

/** A policy pack as Pulumi's CLI has it: served by `@pulumi/pulumi/cmd/run-policy-pack` in the pack's folder, asked over gRPC. */
export class PolicyServer {
  readonly #child: ChildProcess;
  readonly #client: Client &
    Record<string, (request: unknown, answer: (error: Error | null, response: Message) => void) => void>;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.#client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** @param config the stack's configuration, as the CLI hands it on */
  static async start(folder: string, stack: string, config: Inputs): Promise<PolicyServer> {
    const bag = Object.entries(config).map(([key, value]) => [
      `pilotlight:config:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const child = spawn(
      process.execPath,
      [path.dirname(own.resolve('./cmd/run-policy-pack/index.js')), '127.0.0.1:1', '.'],
      {
        cwd: path.join(ROOT, folder),
        env: {
          ...process.env,
          PULUMI_NODEJS_PROJECT: 'pilotlight',
          PULUMI_NODEJS_STACK: stack,
          PULUMI_CONFIG: JSON.stringify(Object.fromEntries(bag)),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return new PolicyServer(child, await portOf(child));
  }

  async policies(): Promise<{ name: string; mandatory: boolean }[]> {
    const info = await this.#ask('getAnalyzerInfo', new Empty());
    return info.getPoliciesList().map((policy: Message) => ({
      name: policy.getName(),
      mandatory: policy.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
    }));
  }

  /** What is said of one resource before it is made. */
  async analyze(resource: CapturedResource): Promise<Diagnostic[]> {
    return diagnostics(await this.#ask('analyze', fill(new messages.AnalyzeRequest(), resource)));
  }

  /** What is said of all of them together. */
  async analyzeStack(resources: readonly CapturedResource[]): Promise<Diagnostic[]> {
    const request = new messages.AnalyzeStackRequest();
    request.setResourcesList(resources.map(analyzerResource));
    return diagnostics(await this.#ask('analyzeStack', request));
  }

  stop(): void {
    this.#client.close();
    this.#child.kill();
  }

  #ask(call: string, request: unknown): Promise<Message> {
    return new Promise((resolve, reject) =>
      this.#client[call]?.(request, (error, response) => (error === null ? resolve(response) : reject(error))),
    );
  }
}

/** The server's first line is its port; whatever else it says is why it has none. */
function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.once('data', (data) => resolve(String(data).trim()));
    child.stderr?.on('data', (data) => {
      said += data;
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the policy pack did not start (${code}): ${said}`)));
  });
}

function fill(request: Message, { type, name, urn, inputs, protect }: CapturedResource): Message {
  const options = new messages.AnalyzerResourceOptions();
  options.setProtect(protect);
  request.setType(type);
  request.setName(name);
  request.setUrn(urn);
  request.setProperties(Struct.fromJavaScript(inputs));
  request.setOptions(options);
  return request;
}

function analyzerResource(resource: CapturedResource): Message {
  const message = fill(new messages.AnalyzerResource(), resource);
  message.setParent(resource.parent ?? '');
  message.setDependenciesList(resource.dependencies);
  for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
    const links = new messages.AnalyzerPropertyDependencies();
    links.setUrnsList(urns);
    message.getPropertydependenciesMap().set(property, links);
  }
  return message;
}

const diagnostics = (response: Message): Diagnostic[] =>
  response.getDiagnosticsList().map((found: Message) => ({
    policy: found.getPolicyname(),
    message: found.getMessage(),
    urn: found.getUrn(),
    mandatory: found.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
  }));
