/**
 * What the functions are handed and what they answer: the border between the state machines, which call them, and their image. Fields
 * are snake_case, as in every JSON of this project; an error thrown is a failure with its name and message.
 */

/** Starts a stopped tracking server; says whether one can be written to. Called until `ready` or `failed`. */
export type WakeTracking = {
  input: Record<string, never>;
  output: {
    status: 'starting' | 'ready' | 'failed';
    /** Of a failure. */
    reason?: string;
  };
};

export type ListingInput = {
  task: 'listing';
  bucket: string;
  listing_key: string;
  /** Prefix that the files are fetched to. */
  destination: string;
};

export type TransferInput = { task: 'transfer'; connector_id: string; transfer_id: string };

/**
 * Says how far the SFTP connector is. A listing of the remote folder has ended when its file stands at `listing_key`: `batches` are
 * then the remote files, ten paths at most each (a transfer takes no more), and `files` where they will stand in the bucket, each
 * with the file that it is checked by (`*.checks.json`: {@link import('./unpack/checks.ts').Checks}). An empty folder is `ended` with
 * no `files`.
 */
export type ConnectorWait = {
  input: ListingInput | TransferInput;
  output: {
    status: 'running' | 'ended' | 'failed';
    batches?: string[][];
    files?: { key: string; checks_key: string }[];
    /** Of a failure. */
    reason?: string;
  };
};

/**
 * Checks one fetched file (checksum and row count), and writes what is in it below `destination`, in the folder of its data set
 * (`clie`, `pola`, `hfac`). Never answers for a file that does not agree with its checks: it throws `ChecksFailed`.
 */
export type Decompress = {
  input: { bucket: string; key: string; checks_key: string; destination: string };
  output: { written: { key: string; bytes: number; rows_count: number }[] };
};

/** What the trigger did with each object of an event, for logs and for whoever calls it by hand. */
export type Trigger = {
  /** An S3 notification, or an EventBridge event `Object Created` of `aws.s3`. */
  input: unknown;
  output: {
    runs: { file_key: string; run_id: string; outcome: 'started' | 'running' | 'done' }[];
    ignored: { key: string; reason: string }[];
  };
};
