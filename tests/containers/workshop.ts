import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ROOT } from '../python.ts';

const CACHE = resolve(process.env.PILOTLIGHT_CACHE ?? resolve(ROOT, '.cache'), 'containers');
const ADDON = join(ROOT, 'native/addon/pilotlight.node');
/** Of Debian bookworm, which the images stand on. */
const GLIBC_MAX = '2.36';
/** What Debian's own slim images leave out. */
const NOT_SLIM = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'var/cache/apt',
  'var/lib/apt/lists',
];

export type Outcome = { code: number | null; stdout: string; stderr: string; duration_s: number };
/** As Docker's image format has it; what an image does not say is missing. */
export type ImageConfig = {
  User: string;
  Entrypoint: string[];
  Cmd: string[];
  Env: string[];
  Labels: Record<string, string>;
  StopSignal: string;
  ExposedPorts: Record<string, object>;
  Healthcheck: { Test: string[] };
};
type Mounts = Record<string, string>;
type Target = 'pipeline' | 'lambda' | 'dashboard';

/** Compile the addon in its stage too, as docker does, instead of taking the checkout's: minutes more. */
export const FULL = process.env.PILOTLIGHT_CONTAINER_TESTS === 'full';

/** Why images cannot be made here; null where they can. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return 'containers are made on Linux';
  if (process.getuid?.() !== 0) return 'making containers with buildah alone needs root';
  const absent = absentOf('buildah', 'debootstrap', 'npm');
  if (absent !== null) return `${absent} (apt-get install buildah debootstrap)`;
  if (FULL) return absentOf('rustc', 'cargo');
  if (!existsSync(ADDON)) return 'the addon is not built (./dev build)';
  const { glibcVersionRuntime: glibc = '0' } = (
    process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  ).header;
  if (glibc.localeCompare(GLIBC_MAX, 'en', { numeric: true }) <= 0) return null;
  return `the addon was built with glibc ${glibc}, newer than the image's ${GLIBC_MAX} (PILOTLIGHT_CONTAINER_TESTS=full builds it in its stage)`;
}

function absentOf(...tools: string[]): string | null {
  const absent = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  return absent.length > 0 ? `no ${absent.join(', no ')} here` : null;
}

/**
 * Makes images from the repository's Dockerfile with no registry of images: its bases are replaced, by name, with ones from Debian's packages
 * and the Node that runs this. All that it makes is in one temporary folder, gone after `close`; Debian's packages are kept in the cache.
 */
export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pilotlight-containers-'));
  readonly #contexts: string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  #containers = 0;

  constructor() {
    const temporary = join(this.#folder, 'tmp');
    mkdirSync(temporary);
    const storage = join(this.#folder, 'storage.conf');
    const driver = this.#overlayWorks() ? 'overlay' : 'vfs';
    const folders = `graphroot = "${join(this.#folder, 'graph')}"\nrunroot = "${join(this.#folder, 'run')}"`;
    writeFileSync(storage, `[storage]\ndriver = "${driver}"\n${folders}\n`);
    this.#env = { ...process.env, CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: 'chroot', TMPDIR: temporary };
    this.#makeNodeImage();
    this.#replace('node', 'docker-image://localhost/node');
    this.#replace('lambda-node', 'docker-image://localhost/lambda-node');
    if (FULL) {
      this.#makeRustImage();
      this.#replace('rust', 'docker-image://localhost/rust');
    } else {
      mkdirSync(join(this.#folder, 'addon/addon'), { recursive: true });
      copyFileSync(ADDON, join(this.#folder, 'addon/addon/pilotlight.node'));
      this.#replace('addon', join(this.#folder, 'addon'));
    }
  }

  /** An image by its target's name. `contexts`: folders that stand in for stages. */
  build(target: Target, contexts: Record<string, string> = {}): Outcome {
    const replaced = [...this.#contexts, ...Object.entries(contexts).flatMap(given)];
    // Cargo finds what it compiled for the last such test.
    const volumes = FULL ? ['--volume', `${cacheFolder('target')}:/source/native/target`] : [];
    const options = [
      '--format',
      'docker',
      '--target',
      target,
      '--tag',
      `localhost/${target}`,
      '--build-arg',
      'REVISION=test',
    ];
    return this.#buildah('bud', ...options, ...volumes, ...replaced, ROOT);
  }

  /** A command in a new container of an image, as SageMaker starts one: the command instead of the entry point, folders mounted. */
  run(
    image: Target,
    command: string[],
    { mounts = {}, env = {}, user }: { mounts?: Mounts; env?: Record<string, string>; user?: string } = {},
  ): Outcome {
    const name = `${image}-${this.#containers++}`;
    this.#must('from', '--pull-never', '--name', name, `localhost/${image}`);
    const volumes = Object.entries(mounts).flatMap(([inside, outside]) => ['--volume', `${outside}:${inside}`]);
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    const users = user === undefined ? [] : ['--user', user];
    const outcome = this.#buildah('run', ...volumes, ...variables, ...users, name, '--', ...command);
    this.#must('rm', name);
    return outcome;
  }

  /** What the image says of itself, in Docker's words. */
  configOf(image: Target): ImageConfig {
    const { Docker } = JSON.parse(this.#must('inspect', '--type', 'image', `localhost/${image}`).stdout);
    return Docker.config;
  }

  /** Bytes of the image's files. */
  sizeOf(image: Target): number {
    const container = this.#must('from', '--pull-never', `localhost/${image}`).stdout.trim();
    const bytes = bytesOf(this.#must('mount', container).stdout.trim());
    this.#must('rm', container);
    return bytes;
  }

  /** Bytes of its layers as a registry keeps them. Takes half a minute. */
  packedSizeOf(image: Target): number {
    const packed = join(this.#folder, 'packed');
    this.#must('push', '--quiet', '--disable-compression=false', `localhost/${image}`, `oci:${packed}`);
    const bytes = bytesOf(packed);
    rmSync(packed, { recursive: true });
    return bytes;
  }

  close(): void {
    this.#buildah('rm', '--all');
    this.#buildah('rmi', '--all', '--force');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #replace(stage: string, by: string): void {
    this.#contexts.push(...given([stage, by]));
  }

  /** Debian, the Node that runs this, its npm, and the user, where the official image has them. */
  #makeNodeImage(): void {
    const container = this.#must('from', '--pull-never', 'scratch').stdout.trim();
    const root = this.#must('mount', container).stdout.trim();
    must('tar', '--extract', '--file', debian(), '--directory', root);
    mkdirSync(join(root, 'usr/local/lib/node_modules'), { recursive: true });
    copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
    const npm = dirname(dirname(realpathSync(must('which', 'npm').stdout.trim())));
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
    must('ln', '--symbolic', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    must('chroot', root, 'groupadd', '--gid', '1000', 'node');
    must('chroot', root, 'useradd', '--uid', '1000', '--gid', 'node', '--shell', '/bin/bash', '--create-home', 'node');
    trustWhatThisMachineTrusts(root);
    this.#must('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container);
    this.#must('commit', '--quiet', container, 'localhost/node');
    this.#must('config', '--env', 'LAMBDA_TASK_ROOT=/var/task', '--workingdir', '/var/task', container);
    this.#must('commit', '--quiet', '--rm', container, 'localhost/lambda-node');
  }

  /** The toolchain of this machine, where the official image has it. */
  #makeRustImage(): void {
    const container = this.#must('from', '--pull-never', 'localhost/node').stdout.trim();
    const root = this.#must('mount', container).stdout.trim();
    const home = must('rustc', '--print', 'sysroot').stdout.trim();
    mkdirSync(join(root, 'usr/local/rust'));
    for (const part of ['bin', 'lib'])
      cpSync(join(home, part), join(root, 'usr/local/rust', part), { recursive: true });
    const path = 'PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const trusted = existsSync(join(root, CERTIFICATES)) ? ['--env', `CARGO_HTTP_CAINFO=/${CERTIFICATES}`] : [];
    this.#must('config', '--env', path, ...trusted, container);
    this.#must('commit', '--quiet', '--rm', container, 'localhost/rust');
  }

  #overlayWorks(): boolean {
    const parts = ['low', 'high', 'work', 'all'].map((name) => join(this.#folder, 'probe', name));
    for (const part of parts) mkdirSync(part, { recursive: true });
    const [low, high, work, all = ''] = parts;
    const mounted = spawnSync('mount', [
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${low},upperdir=${high},workdir=${work}`,
      all,
    ]);
    if (mounted.status === 0) must('umount', all);
    return mounted.status === 0;
  }

  #buildah(...args: string[]): Outcome {
    const begin_ms = performance.now();
    const ended = spawnSync('buildah', args, { env: this.#env, encoding: 'utf8', maxBuffer: 1 << 28 });
    return { ...outcomeOf(ended), duration_s: (performance.now() - begin_ms) / 1000 };
  }

  #must(...args: string[]): Outcome {
    const outcome = this.#buildah(...args);
    if (outcome.code !== 0) throw new Error(`buildah ${args.join(' ')}: ${outcome.stderr}`);
    return outcome;
  }
}

const given = ([stage, by]: [string, string]) => ['--build-context', `${stage}=${by}`];

function outcomeOf({ status, stdout, stderr }: SpawnSyncReturns<string>) {
  return { code: status, stdout: stdout ?? '', stderr: stderr ?? '' };
}

function must(command: string, ...args: string[]) {
  const outcome = outcomeOf(spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 }));
  if (outcome.code !== 0) throw new Error(`${command} ${args.join(' ')}: ${outcome.stderr || outcome.stdout}`);
  return outcome;
}

function bytesOf(folder: string): number {
  const [bytes] = must('du', '--summarize', '--one-file-system', '--block-size=1', folder).stdout.split('\t');
  return Number(bytes);
}

function cacheFolder(name: string): string {
  const folder = join(CACHE, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** An archive of Debian bookworm with nothing but what is essential. */
function debian(): string {
  const archive = join(cacheFolder('.'), 'bookworm.tar');
  if (existsSync(archive)) return archive;
  const folder = mkdtempSync(join(CACHE, 'bookworm-'));
  try {
    must('debootstrap', '--variant=minbase', 'bookworm', join(folder, 'root'));
    for (const name of NOT_SLIM) rmSync(join(folder, 'root', name), { recursive: true, force: true });
    must('tar', '--create', '--file', join(folder, 'bookworm.tar'), '--directory', join(folder, 'root'), '.');
    renameSync(join(folder, 'bookworm.tar'), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

/** Where no package of Debian's writes. */
const CERTIFICATES = 'usr/local/etc/certificates.crt';

/** Certificates and registry: a machine behind a proxy of its own has others than the world's. */
function trustWhatThisMachineTrusts(root: string): void {
  mkdirSync(join(root, 'usr/local/etc'), { recursive: true });
  const own = join('/', 'etc/ssl/certs/ca-certificates.crt');
  if (!existsSync(own)) return;
  copyFileSync(own, join(root, CERTIFICATES));
  const registry = must('npm', 'config', 'get', 'registry').stdout.trim();
  writeFileSync(join(root, 'usr/local/etc/npmrc'), `cafile=/${CERTIFICATES}\nregistry=${registry}\n`);
  writeFileSync(join(root, 'etc/pip.conf'), `[global]\ncert = /${CERTIFICATES}\n`);
}
