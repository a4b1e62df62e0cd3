import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

export type Item = Record<string, string>;

/** The table of what was done with which file, as the infrastructure makes it; all its values are texts but for `attempt`. */
export class Manifest {
  private readonly client = new DynamoDBClient({});
  private readonly table: string;

  constructor(table: string) {
    this.table = table;
  }

  async make(): Promise<void> {
    const key = { AttributeName: 'file_key' };
    await this.client.send(
      new CreateTableCommand({
        TableName: this.table,
        AttributeDefinitions: [{ ...key, AttributeType: 'S' }],
        KeySchema: [{ ...key, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }

  async read(fileKey: string): Promise<Item | null> {
    const command = new GetItemCommand({ TableName: this.table, Key: { file_key: { S: fileKey } } });
    const { Item } = await this.client.send(command);
    if (!Item) return null;
    return Object.fromEntries(Object.entries(Item).map(([name, { S, N }]) => [name, S ?? N ?? '']));
  }

  async write(item: Item): Promise<void> {
    const Item: Record<string, AttributeValue> = {};
    for (const [name, S] of Object.entries(item)) Item[name] = { S };
    await this.client.send(new PutItemCommand({ TableName: this.table, Item }));
  }
}
