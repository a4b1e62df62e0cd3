/** The places where a registry can be, each with what the contract's tests need to look behind it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { openStore } from '@pilotlight/artifacts';
import { openRegistry, type Registry } from '@pilotlight/registry';
import { openMlflow, searchModelVersions, searchRegisteredModels } from '@pilotlight/tracking';
import { type Server, startMlflow, startMoto } from '../servers.ts';
import { makeFolder } from './folder.ts';
import { type SageMakerApi, startSageMakerApi } from './sageMakerApi.ts';

export type Place = {
  name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A registry of its own, empty. */
  open(clock: () => Date): Promise<Opened>;
};

export type Opened = {
  registry: Registry;
  /** In messages. */
  uri: string;
  /** A file of the test's own. */
  at: (...parts: string[]) => string;
  /** Changes (`text`), adds or removes (null) an artifact of a version of the group `churn`; the path or URI of the artifact. */
  tamper(version: number, name: string, text: string | null): Promise<string>;
  /** The same for the description of a version: where facts and files stand. */
  redescribe(version: number, change: (text: string) => string | null): Promise<void>;
  /** Everything that is kept, to see that nothing is written. */
  snapshot(): Promise<unknown>;
  close(): Promise<void>;
};

export const BUCKET = 'pilotlight-models';
export const S3_URI = `s3://${BUCKET}/models/registry`;

export const localPlace: Place = {
  name: 'a folder',
  start: async () => {},
  stop: async () => {},
  open: async (clock) => {
    const { at, remove } = makeFolder();
    const inGroup = (...parts: string[]) => at('registry', 'churn', 'versions', ...parts);
    return {
      registry: openRegistry(at('registry'), { clock }),
      uri: at('registry'),
      at,
      tamper: async (version, name, text) => {
        const file = inGroup(String(version), 'artifacts', name);
        if (text === null) fs.rmSync(file);
        else fs.writeFileSync(file, text);
        return file;
      },
      redescribe: async (version, change) => {
        const file = inGroup(String(version), 'version.json');
        const text = change(fs.readFileSync(file, 'utf8'));
        if (text === null) fs.rmSync(file);
        else fs.writeFileSync(file, text);
      },
      snapshot: async () => tree(at('registry')),
      close: async () => remove(),
    };
  },
};

export function tree(folder: string): Record<string, string> {
  const names = (fs.readdirSync(folder, { recursive: true }) as string[]).sort();
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
}

export type SageMakerPlace = Place & { readonly api: SageMakerApi; readonly moto: Server };

/** moto has the bucket, and the model packages behind a stand-in that makes up for what moto lacks. */
export function sageMakerPlace(): SageMakerPlace {
  let moto: Server;
  let api: SageMakerApi;
  return {
    name: 'SageMaker',
    get api() {
      return api;
    },
    get moto() {
      return moto;
    },
    start: async () => {
      moto = await startMoto();
      api = await startSageMakerApi(moto.url);
      Object.assign(process.env, moto.env, { AWS_ENDPOINT_URL_SAGEMAKER: api.url });
    },
    stop: async () => {
      await api?.stop();
      await moto?.stop();
    },
    open: async (clock) => {
      await api.reset();
      await makeBucket(moto.url, BUCKET);
      const { at, remove } = makeFolder();
      const registry = openRegistry(S3_URI, { clock });
      const store = openStore(S3_URI);
      const digests = new Map<number, string>();
      const keyOf = async (version: number, ...parts: string[]) => {
        const digest = digests.get(version) ?? (await registry.version('churn', version)).digest;
        digests.set(version, digest);
        return ['churn', digest, ...parts].join('/');
      };
      return {
        registry,
        uri: S3_URI,
        at,
        tamper: async (version, name, text) => {
          const key = await keyOf(version, 'artifacts', name);
          if (text === null) await store.remove(key);
          else await store.write(key, text);
          return `${S3_URI}/${key}`;
        },
        redescribe: async (version, change) => {
          const key = await keyOf(version, 'version.json');
          const text = change((await store.readText(key))?.text ?? '');
          if (text === null) await store.remove(key);
          else await store.write(key, text);
        },
        snapshot: async () => {
          const objects = await Array.fromAsync(store.list(''));
          const listed = await api.call('ListModelPackages', { ModelPackageGroupName: 'churn' });
          const packages = (listed.ModelPackageSummaryList as { ModelPackageArn: string }[]).map((one) =>
            api.call('DescribeModelPackage', { ModelPackageName: one.ModelPackageArn }),
          );
          return { objects, packages: await Promise.all(packages) };
        },
        close: async () => remove(),
      };
    },
  };
}

export type MlflowPlace = Place & { readonly url: string };

/** A real MLflow server; between tests its registered models are deleted and their runs let be. */
export function mlflowPlace(): MlflowPlace {
  let server: Awaited<ReturnType<typeof startMlflow>>;
  let count = 0;
  return {
    name: 'MLflow',
    get url() {
      return server.url;
    },
    start: async () => {
      server = await startMlflow();
    },
    stop: async () => {
      await server?.stop();
    },
    open: async (clock) => {
      const client = openMlflow(server.url);
      for await (const { name } of searchRegisteredModels(client)) {
        await client.call('DELETE', 'registered-models/delete', { body: { name } });
      }
      // A content has one run for good: another experiment gives the next test its own.
      count += 1;
      for (const experiment of await experimentsOf(client)) {
        const body = { experiment_id: experiment, new_name: `used-${count}-${experiment}` };
        await client.call('POST', 'experiments/update', { body });
      }
      const { at, remove } = makeFolder();
      const uri = `mlflow:${server.url}`;
      const registry = openRegistry(uri, { clock });
      const fileOf = async (version: number, ...parts: string[]) => {
        const query = { name: 'churn', version };
        const { model_version } = await client.call('GET', 'model-versions/get', { query });
        const { source } = model_version as { source: string };
        return path.join(server.folder, 'artifacts', source.replace('mlflow-artifacts:/', ''), ...parts);
      };
      return {
        registry,
        uri,
        at,
        tamper: async (version, name, text) => {
          const file = await fileOf(version, 'artifacts', name);
          if (text === null) fs.rmSync(file);
          else fs.writeFileSync(file, text);
          return `${uri} churn version ${version} artifacts/${name}`;
        },
        redescribe: async (version, change) => {
          const file = await fileOf(version, 'version.json');
          const text = change(fs.readFileSync(file, 'utf8'));
          if (text === null) fs.rmSync(file);
          else fs.writeFileSync(file, text);
        },
        snapshot: async () => ({
          models: await Array.fromAsync(searchRegisteredModels(client)),
          versions: await Array.fromAsync(searchModelVersions(client)),
          files: tree(path.join(server.folder, 'artifacts')),
        }),
        close: async () => remove(),
      };
    },
  };
}

async function experimentsOf(client: ReturnType<typeof openMlflow>): Promise<string[]> {
  const body = { max_results: 100, filter: "name = 'pilotlight-registry'" };
  const { experiments } = await client.call('POST', 'experiments/search', { body });
  return ((experiments ?? []) as { experiment_id: string }[]).map((one) => one.experiment_id);
}

/** By the plain API: moto asks for no signature. */
export async function makeBucket(endpoint: string, bucket: string): Promise<void> {
  const body =
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
  const answer = await fetch(`${endpoint}/${bucket}`, { method: 'PUT', body, headers: { authorization: SIGNED } });
  if (!answer.ok) throw new Error(`no bucket: ${await answer.text()}`);
}

const SIGNED =
  'AWS4-HMAC-SHA256 Credential=testing/20250101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0';
