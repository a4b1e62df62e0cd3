import { paginateListFileTransferResults, type TransferClient } from '@aws-sdk/client-transfer';
import { explainAws } from '../errors.ts';
import type { ConnectorWait, TransferInput } from '../types.ts';

const REASON_LENGTH_MAX = 1_000;

/**
 * How far a transfer is: `ended` when every file has come, `failed` as soon as one has not, with AWS's own words for the reason. A
 * transfer of which nothing is known yet is running.
 */
export async function followTransfer(
  { connector_id, transfer_id }: TransferInput,
  transfer: TransferClient,
  abortSignal: AbortSignal,
): Promise<ConnectorWait['output']> {
  const input = { ConnectorId: connector_id, TransferId: transfer_id };
  const failures: string[] = [];
  let files = 0;
  let done = 0;
  try {
    for await (const page of paginateListFileTransferResults({ client: transfer }, input, { abortSignal })) {
      for (const { FilePath, StatusCode, FailureCode, FailureMessage } of page.FileTransferResults ?? []) {
        files += 1;
        if (StatusCode === 'COMPLETED') done += 1;
        if (StatusCode === 'FAILED') failures.push([FilePath, FailureCode, FailureMessage].filter(Boolean).join(': '));
      }
    }
  } catch (error) {
    throw explainAws(error, `connector ${connector_id}, transfer ${transfer_id}`);
  }
  if (failures.length > 0) return { status: 'failed', reason: failures.join('; ').slice(0, REASON_LENGTH_MAX) };
  return { status: files > 0 && done === files ? 'ended' : 'running' };
}
