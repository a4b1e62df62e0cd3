/** The pages on the results of runs: a server that reads them, and the contract that its answers keep. */

export * from './api.ts';
export type { Auth, Viewer } from './server/access/signIn.ts';
export { createServer, type ServerOptions } from './server/createServer.ts';
export { type Database, openDatabase } from './server/database.ts';
export { authOf, type Environment } from './server/environment.ts';
export { type OpenOptions, type OpenServer, openServer, type Place } from './server/openServer.ts';
export { openLocalResults } from './server/results/localResults.ts';
export type { Results, Run } from './server/results/run.ts';
export { openS3Results } from './server/results/s3Results.ts';
