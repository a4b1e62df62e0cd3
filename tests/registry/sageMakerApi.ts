/**
 * SageMaker's model packages as AWS has them, in front of moto, which lacks some of it. What moto 5.2.5 does otherwise, and this
 * makes up for: it ignores `ClientToken` (a request sent twice makes two versions) and `SourceUri`; an update without a status
 * takes the status away, and one without metadata takes that away; it makes a group again that is there; it lists the versions of
 * a group that is not there; it knows no version by `group/version` and cannot delete one; it checks no lengths and no characters.
 *
 * A person's work in the console is done with `call`, which goes through the same checks.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Json = Record<string, unknown>;

export type SageMakerApi = {
  url: string;
  /** `ListModelPackages` ..., in the order of their coming. */
  calls: string[];
  /** Actions that are answered with AccessDeniedException. */
  denied: Set<string>;
  call(action: string, input: Json): Promise<Json>;
  /** Forgets everything, with moto. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

class Refusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const METADATA_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const METADATA_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;
const DESCRIPTION = /^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]{0,1024}$/u;
const SOURCE_URI = /^[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}$/u;
const TOKEN = /^[a-zA-Z0-9-]{1,36}$/;

export async function startSageMakerApi(moto: string): Promise<SageMakerApi> {
  const api = new Api(moto);
  const server = createServer(async (request, response) => {
    const answer = await api.answer(request);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = (action: string, input: Json) => api.perform(action, input);
  return { url, calls: api.calls, denied: api.denied, call, reset: () => api.reset(), stop };
}

class Api {
  readonly calls: string[] = [];
  readonly denied = new Set<string>();
  readonly #moto: string;
  readonly #tokens = new Map<string, Promise<Json>>();
  readonly #deleted = new Set<string>();
  readonly #sources = new Map<string, unknown>();

  constructor(moto: string) {
    this.#moto = moto;
  }

  async reset(): Promise<void> {
    await fetch(`${this.#moto}/moto-api/reset`, { method: 'POST' });
    this.calls.length = 0;
    for (const state of [this.denied, this.#tokens, this.#deleted, this.#sources]) state.clear();
  }

  async answer(request: IncomingMessage): Promise<{ status: number; body: Json }> {
    const action = String(request.headers['x-amz-target']).replace('SageMaker.', '');
    this.calls.push(action);
    try {
      if (this.denied.has(action)) {
        throw new Refusal('AccessDeniedException', `User: arn:aws:sts::1:x is not authorized to perform: ${action}`);
      }
      return { status: 200, body: await this.perform(action, JSON.parse(await text(request)) as Json) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: 400, body: { __type: error.type, message: error.message } };
    }
  }

  async perform(action: string, input: Json): Promise<Json> {
    switch (action) {
      case 'CreateModelPackageGroup':
        return this.#createGroup(input);
      case 'CreateModelPackage':
        return this.#create(input);
      case 'UpdateModelPackage':
        return this.#update(input);
      case 'DescribeModelPackage':
        return this.#describe(String(input.ModelPackageName));
      case 'ListModelPackages':
        return this.#list(input);
      case 'DeleteModelPackage':
        this.#deleted.add(String(input.ModelPackageName));
        return {};
      default:
        return this.#forward(action, input);
    }
  }

  async #forward(action: string, input: Json): Promise<Json> {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=testing/20250101/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0';
    const headers = {
      'x-amz-target': `SageMaker.${action}`,
      'content-type': 'application/x-amz-json-1.1',
      authorization,
    };
    const answer = await fetch(this.#moto, { method: 'POST', headers, body: JSON.stringify(input) });
    const body = (await answer.json()) as Json;
    if (answer.ok) return body;
    throw new Refusal(String(body.__type).replace(/^.*#/, ''), String(body.message ?? body.Message));
  }

  async #createGroup(input: Json): Promise<Json> {
    if (await this.#hasGroup(String(input.ModelPackageGroupName))) {
      throw new Refusal('ValidationException', 'Model Package Group already exists');
    }
    return this.#forward('CreateModelPackageGroup', input);
  }

  async #hasGroup(name: string): Promise<boolean> {
    const asked = this.#forward('DescribeModelPackageGroup', { ModelPackageGroupName: name });
    return asked.then(
      () => true,
      () => false,
    );
  }

  #create(input: Json): Promise<Json> {
    checkFields(input);
    if ((input.SourceUri === undefined) === (input.InferenceSpecification === undefined)) {
      throw new Refusal('ValidationException', 'One of SourceUri and InferenceSpecification must be given');
    }
    const token = String(input.ClientToken);
    const made = this.#tokens.get(token);
    if (made) return made;
    const making = this.#forward('CreateModelPackage', input).then((body) => {
      this.#sources.set(String(body.ModelPackageArn), input.SourceUri);
      return body;
    });
    if (input.ClientToken !== undefined) this.#tokens.set(token, making);
    return making;
  }

  async #update(input: Json): Promise<Json> {
    checkFields(input);
    const before = await this.#describe(String(input.ModelPackageArn));
    const metadata = { ...(before.CustomerMetadataProperties as Json), ...(input.CustomerMetadataProperties as Json) };
    return this.#forward('UpdateModelPackage', {
      ModelApprovalStatus: before.ModelApprovalStatus,
      ApprovalDescription: before.ApprovalDescription,
      ...input,
      CustomerMetadataProperties: metadata,
    });
  }

  async #describe(name: string): Promise<Json> {
    const [, group, version] = /^([A-Za-z0-9-]+)\/(\d+)$/.exec(name) ?? [];
    const arn = group === undefined ? name : await this.#arnOf(group, Number(version));
    if (arn === undefined || this.#deleted.has(arn)) {
      throw new Refusal('ValidationException', `ModelPackage ${name} does not exist.`);
    }
    return {
      ...(await this.#forward('DescribeModelPackage', { ModelPackageName: arn })),
      SourceUri: this.#sources.get(arn),
    };
  }

  async #arnOf(group: string, version: number): Promise<string | undefined> {
    const { ModelPackageSummaryList: found } = await this.#list({ ModelPackageGroupName: group, MaxResults: 100 });
    const one = (found as Json[]).find((summary) => summary.ModelPackageVersion === version);
    return one?.ModelPackageArn as string | undefined;
  }

  async #list(input: Json): Promise<Json> {
    const group = String(input.ModelPackageGroupName);
    if (!(await this.#hasGroup(group))) {
      throw new Refusal('ValidationException', `ModelPackageGroup arn:aws:sagemaker:::${group} does not exist.`);
    }
    const body = await this.#forward('ListModelPackages', input);
    const list = (body.ModelPackageSummaryList as Json[]).filter(
      (one) => !this.#deleted.has(String(one.ModelPackageArn)),
    );
    return { ...body, ModelPackageSummaryList: list };
  }
}

/** Lengths and characters of the service's model (botocore, sagemaker 2017-07-24). */
function checkFields(input: Json): void {
  const refuse = (field: string) => {
    throw new Refusal(
      'ValidationException',
      `1 validation error detected: Value at '${field}' failed to satisfy constraint`,
    );
  };
  const metadata = Object.entries((input.CustomerMetadataProperties ?? { a: 'a' }) as Record<string, string>);
  if (metadata.length < 1 || metadata.length > 50) refuse('customerMetadataProperties');
  for (const [key, value] of metadata) {
    if (!METADATA_KEY.test(key)) refuse(`customerMetadataProperties key ${key}`);
    if (!METADATA_VALUE.test(value)) refuse(`customerMetadataProperties ${key}`);
  }
  if (!/^.{0,1024}$/.test(String(input.ApprovalDescription ?? ''))) refuse('approvalDescription');
  if (!DESCRIPTION.test(String(input.ModelPackageDescription ?? ''))) refuse('modelPackageDescription');
  if (!SOURCE_URI.test(String(input.SourceUri ?? ''))) refuse('sourceUri');
  if (!TOKEN.test(String(input.ClientToken ?? 'a'))) refuse('clientToken');
}
