import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { explainAws } from '../errors.ts';
import { runIdOf } from './fileKey.ts';

export type Manifest = { dynamodb: DynamoDBClient; table: string; signal: AbortSignal };

/** An item of the manifest, as far as the trigger reads it. The state machine writes the same attributes. */
export type Item = { file_key: string; run_id: string; status: 'started' | 'completed' | 'failed'; attempt: number };

/** A run of a file: `isNew` where this call has taken it, else what the manifest had. */
export type Taking = { item: Item; isNew: boolean };

/**
 * Takes a file that nobody has taken, or returns what the manifest has of it. One conditional write decides, so that of any number
 * of deliveries at once one takes it.
 */
export async function takeNew(fileKey: string, manifest: Manifest): Promise<Taking> {
  const item: Item = { file_key: fileKey, run_id: runIdOf(fileKey, 1), status: 'started', attempt: 1 };
  return writeItem(item, manifest, { condition: 'attribute_not_exists(file_key)', values: {} });
}

/** Takes a file for its next attempt, provided that its item is still as it was read; else returns what the manifest has. */
export async function takeAgain(last: Item, manifest: Manifest): Promise<Taking> {
  const attempt = last.attempt + 1;
  const item: Item = { ...last, run_id: runIdOf(last.file_key, attempt), status: 'started', attempt };
  return writeItem(item, manifest, {
    condition: 'run_id = :last_run_id AND #status = :last_status',
    values: { ':last_run_id': { S: last.run_id }, ':last_status': { S: last.status } },
  });
}

/** The item as it stands now. */
export async function readItem(fileKey: string, { dynamodb, table, signal }: Manifest): Promise<Item | null> {
  const command = new GetItemCommand({ TableName: table, Key: { file_key: { S: fileKey } }, ConsistentRead: true });
  try {
    const { Item } = await dynamodb.send(command, { abortSignal: signal });
    return Item ? itemOf(fileKey, Item) : null;
  } catch (error) {
    throw explainAws(error, `table ${table}`);
  }
}

type Condition = { condition: string; values: Record<string, AttributeValue> };

async function writeItem(item: Item, manifest: Manifest, { condition, values }: Condition): Promise<Taking> {
  const { dynamodb, table, signal } = manifest;
  const command = new UpdateItemCommand({
    TableName: table,
    Key: { file_key: { S: item.file_key } },
    UpdateExpression:
      'SET #status = :status, run_id = :run_id, attempt = :attempt, started_at = :now REMOVE completed_at, #error',
    ConditionExpression: condition,
    ExpressionAttributeNames: { '#status': 'status', '#error': 'error' },
    ExpressionAttributeValues: {
      ':status': { S: item.status },
      ':run_id': { S: item.run_id },
      ':attempt': { N: String(item.attempt) },
      ':now': { S: new Date().toISOString() },
      ...values,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await dynamodb.send(command, { abortSignal: signal });
    return { item, isNew: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw explainAws(error, `table ${table}`);
    const found = error.Item ? itemOf(item.file_key, error.Item) : await readItem(item.file_key, manifest);
    // Deleted by hand in between: the next delivery takes it.
    if (found === null) throw error;
    return { item: found, isNew: false };
  }
}

/** Items that a person or the machine alone has written have no attempt: theirs was the first. */
function itemOf(fileKey: string, { run_id, status, attempt }: Record<string, AttributeValue>): Item {
  return {
    file_key: fileKey,
    run_id: run_id?.S ?? '',
    status: (status?.S ?? 'failed') as Item['status'],
    attempt: Number(attempt?.N ?? 1),
  };
}
