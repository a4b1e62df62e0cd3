import type { Decompress, ListingInput, TransferInput } from '@pilotlight/functions';
import type { PayloadOf } from './payload.ts';
import { type Patience, poll, pollStart } from './poll.ts';
import { blame, call, failWith, invoke, type State, type States } from './states.ts';

/** Fetching by SFTP: from a folder of another company's server to checked, plain files in the bucket. */
export type FetchFacts = {
  connectorId: string;
  remoteFolder: string;
  bucket: string;
  connectorWaitArn: string;
  decompressArn: string;
};

export const FETCH_START = 'StartListing';

/** Prefixes, by the run's date: as it came (kept), and unpacked (a week). */
export const FETCHED = 'raw/segmentation';
const UNPACKED = 'tmp/segmentation';
/**
 * Where files are unpacked: a folder of each execution, so that a second run of a date never reads what the first one left.
 *
 * @param before what stands before it, without a placeholder
 */
export const unpackedFolder = (before: string, after = ''): string =>
  `States.Format('${before}${UNPACKED}/{}/{}${after}', $.run.execution_date, $$.Execution.Name)`;
/** Where the connector writes what it found. */
const LISTINGS = 'tmp/listings';

/** Files unpacked at once: each is a function of its own, and the bucket is the same. */
const UNPACKED_AT_ONCE = 4;
const UNPACK_SECONDS = 900;
const LISTING: Patience = { everySeconds: 30, attempts: 40 };
const TRANSFER: Patience = { everySeconds: 60, attempts: 240 };

/** Needs `$.run.execution_date`; ends at `next` with the files below {@link UNPACKED}, else at `failed` with `$.error`. */
export function fetchStates(facts: FetchFacts, next: string, failed: string): States {
  return {
    ...listStates(facts, failed),
    AnyFile: {
      Type: 'Choice',
      Choices: [{ Variable: '$.found.Payload.files[0]', IsPresent: true, Next: 'FetchBatches' }],
      Default: 'NothingToFetch',
    },
    NothingToFetch: blame('NothingToFetch', 'States.JsonToString($.found.Payload)', failed),
    FetchBatches: mapOver('$.found.Payload.batches', 1, 'UnpackFiles', failed, {
      selector: { 'paths.$': '$$.Map.Item.Value', 'run.$': '$.run' },
      start: 'StartTransfer',
      states: transferStates(facts),
    }),
    UnpackFiles: mapOver('$.found.Payload.files', UNPACKED_AT_ONCE, next, failed, {
      selector: { 'file.$': '$$.Map.Item.Value', 'run.$': '$.run' },
      start: 'Unpack',
      states: unpackStates(facts),
    }),
  };
}

function listStates(facts: FetchFacts, failed: string): States {
  const states = poll({
    name: 'List',
    ask: (next) =>
      invoke({
        functionArn: facts.connectorWaitArn,
        payload: {
          task: 'listing',
          bucket: facts.bucket,
          'listing_key.$': `States.Format('${LISTINGS}/{}', $.listing.OutputFileName)`,
          'destination.$': `States.Format('${FETCHED}/{}', $.run.execution_date)`,
        } satisfies PayloadOf<ListingInput>,
        ...{ resultPath: '$.found', timeoutSeconds: 120, next, failed },
      }),
    status: '$.found.Payload.status',
    ...{ done: ['ended'], waiting: ['running'], patience: LISTING },
    ...{ next: 'AnyFile', failed: 'ListFailed', late: 'ListLate' },
  });
  return {
    [FETCH_START]: call({
      resource: 'arn:aws:states:::aws-sdk:transfer:startDirectoryListing',
      parameters: {
        ConnectorId: facts.connectorId,
        RemoteDirectoryPath: facts.remoteFolder,
        OutputDirectoryPath: `/${facts.bucket}/${LISTINGS}`,
        // The most that it lists; without it, a tenth.
        MaxItems: 10_000,
      },
      ...{ resultPath: '$.listing', timeoutSeconds: 60, next: pollStart('List'), failed },
    }),
    ...states,
    ListFailed: blame('ListingFailed', 'States.JsonToString($.found.Payload)', failed),
    ListLate: blame('ListingLate', 'States.JsonToString($.listing)', failed),
  };
}

function transferStates(facts: FetchFacts): States {
  const states = poll({
    name: 'Transfer',
    ask: (next) =>
      invoke({
        functionArn: facts.connectorWaitArn,
        payload: {
          task: 'transfer',
          connector_id: facts.connectorId,
          'transfer_id.$': '$.transfer.TransferId',
        } satisfies PayloadOf<TransferInput>,
        resultPath: '$.progress',
        timeoutSeconds: 120,
        next,
        failed: 'TransferStopped',
      }),
    status: '$.progress.Payload.status',
    ...{ done: ['ended'], waiting: ['running'], patience: TRANSFER },
    ...{ next: 'Transferred', failed: 'TransferFailed', late: 'TransferLate' },
  });
  return {
    StartTransfer: call({
      resource: 'arn:aws:states:::aws-sdk:transfer:startFileTransfer',
      parameters: {
        ConnectorId: facts.connectorId,
        'RetrieveFilePaths.$': '$.paths',
        'LocalDirectoryPath.$': `States.Format('/${facts.bucket}/${FETCHED}/{}', $.run.execution_date)`,
      },
      resultPath: '$.transfer',
      timeoutSeconds: 60,
      next: pollStart('Transfer'),
      failed: 'TransferStopped',
    }),
    ...states,
    TransferFailed: blame('TransferFailed', 'States.JsonToString($.progress.Payload)', 'TransferStopped'),
    TransferLate: blame('TransferLate', 'States.JsonToString($.progress.Payload)', 'TransferStopped'),
    TransferStopped: failWith('FetchFailed'),
    Transferred: { Type: 'Succeed' },
  };
}

function unpackStates(facts: FetchFacts): States {
  return {
    Unpack: invoke({
      functionArn: facts.decompressArn,
      payload: {
        bucket: facts.bucket,
        'key.$': '$.file.key',
        'checks_key.$': '$.file.checks_key',
        'destination.$': unpackedFolder(''),
      } satisfies PayloadOf<Decompress['input']>,
      resultPath: '$.unpacked',
      timeoutSeconds: UNPACK_SECONDS,
      next: 'Unpacked',
      failed: 'UnpackStopped',
    }),
    UnpackStopped: failWith('UnpackFailed'),
    Unpacked: { Type: 'Succeed' },
  };
}

type Turn = { selector: Record<string, unknown>; start: string; states: States };

function mapOver(items: string, atOnce: number, next: string, failed: string, turn: Turn): State {
  return {
    Type: 'Map',
    ItemsPath: items,
    MaxConcurrency: atOnce,
    ItemSelector: turn.selector,
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: turn.start, States: turn.states },
    ResultPath: null,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: failed }],
    Next: next,
  };
}
