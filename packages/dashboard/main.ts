/** The pages as a container: all that it needs to know stands in the environment. */
import { EXIT, InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { authOf } from './server/environment.ts';
import { type OpenServer, openServer, type Place } from './server/openServer.ts';

const log = createLogger({ step: 'dashboard' });

try {
  const server = await start(process.env);
  log.info({ url: server.url }, 'listening');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'ending');
      void server.close().then(() => process.exit(EXIT.done));
    });
  }
} catch (error) {
  process.stderr.write(`pilotlight: ${((error as Error).message.split('\n')[0] ?? '').trim()}\n`);
  process.exitCode = error instanceof InputError ? EXIT.input : EXIT.failure;
}

async function start(env: NodeJS.ProcessEnv): Promise<OpenServer> {
  return openServer({
    place: placeOf(env),
    host: env.HOST || '127.0.0.1',
    port: portOf(env.PORT),
    auth: authOf(env),
    log,
    stack: env.PILOTLIGHT_STACK || null,
    clientFolder: env.DASHBOARD_CLIENT_DIR || undefined,
  });
}

/** A bucket; or folders, with colons between, for a try of the image. */
function placeOf(env: NodeJS.ProcessEnv): Place {
  const { PILOTLIGHT_DATA_BUCKET: bucket, PILOTLIGHT_MANIFEST_TABLE: manifest, PILOTLIGHT_RESULTS: folders } = env;
  if (bucket) return { bucket, manifest: manifest || undefined };
  if (folders) return { folders: folders.split(':').filter((folder) => folder !== '') };
  throw new InputError({
    code: 'no_results',
    what: 'nothing says where the results are',
    where: 'the environment',
    todo: 'set PILOTLIGHT_DATA_BUCKET, or PILOTLIGHT_RESULTS to folders',
  });
}

function portOf(value: string | undefined): number {
  const port = Number(value || 8080);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InputError({
    code: 'bad_port',
    what: 'this is no port',
    where: `PORT=${value}`,
    todo: 'set a whole number below 65536',
  });
}
