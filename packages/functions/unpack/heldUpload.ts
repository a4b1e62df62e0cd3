import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { explainAws } from '../errors.ts';
import { PART_BYTES, type PartPool } from './partPool.ts';

export const UPLOAD_BYTES_MAX = 10_000 * PART_BYTES;

export type Target = { s3: S3Client; bucket: string; key: string; signal: AbortSignal; pool: PartPool };

/**
 * An object that is sent in parts and not there until {@link complete}: so that all that is in an archive can be sent and counted first,
 * and appears only if it is right. What is never completed is no object; the bucket's own rule clears its parts away.
 */
export class HeldUpload {
  readonly key: string;
  bytes = 0;
  readonly #target: Target;
  readonly #id: string;
  readonly #parts: Promise<CompletedPart>[] = [];
  /** The part that is being filled, and how far it is. */
  #buffer: Buffer | undefined;
  #filled_bytes = 0;
  #hasFailed = false;

  static async open(target: Target): Promise<HeldUpload> {
    const { s3, bucket, key, signal } = target;
    const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: 'CRC32' });
    try {
      const { UploadId } = await s3.send(command, { abortSignal: signal });
      if (UploadId === undefined) throw new Error(`S3 gave no upload id for ${key}`);
      return new HeldUpload(target, UploadId);
    } catch (error) {
      throw explainAws(error, `s3://${bucket}/${key}`);
    }
  }

  private constructor(target: Target, id: string) {
    this.key = target.key;
    this.#target = target;
    this.#id = id;
  }

  /** Copies the chunk; waits while too many parts are on their way. */
  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      // The rest would be read for nothing.
      if (this.#hasFailed) await Promise.all(this.#parts);
      this.#buffer ??= await this.#target.pool.take();
      const taken = rest.subarray(0, PART_BYTES - this.#filled_bytes);
      this.#buffer.set(taken, this.#filled_bytes);
      this.#filled_bytes += taken.length;
      this.bytes += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled_bytes === PART_BYTES) this.#send();
    }
  }

  /** Sends what is left; afterwards nothing of the content is held in memory. */
  async end(): Promise<void> {
    this.#send();
    await Promise.all(this.#parts);
  }

  /** Makes the object appear. */
  async complete(): Promise<void> {
    const { s3, bucket, key, signal } = this.#target;
    const upload = { Bucket: bucket, Key: key, UploadId: this.#id };
    const command = new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: await Promise.all(this.#parts) },
    });
    try {
      await s3.send(command, { abortSignal: signal });
    } catch (error) {
      // A try whose answer was lost has ended the upload, and the next one does not find it.
      if (!(error instanceof Error && error.name === 'NoSuchUpload' && (await this.#isThere()))) throw error;
    }
  }

  /** Takes back what was sent; a failure to do so is left to the bucket's own rule. */
  async abort(): Promise<void> {
    const { s3, bucket, key, pool } = this.#target;
    if (this.#buffer !== undefined) pool.give(this.#buffer);
    this.#buffer = undefined;
    // A part that arrives after the end of its upload would be kept.
    await Promise.allSettled(this.#parts);
    const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: this.#id });
    await s3.send(command).catch(() => {});
  }

  #send(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const part = this.#sendPart(buffer.subarray(0, this.#filled_bytes), this.#parts.length + 1);
    this.#buffer = undefined;
    this.#filled_bytes = 0;
    const sent = part.finally(() => this.#target.pool.give(buffer));
    sent.catch(() => {
      this.#hasFailed = true;
    });
    this.#parts.push(sent);
  }

  async #sendPart(Body: Buffer, PartNumber: number): Promise<CompletedPart> {
    const { s3, bucket, key, signal } = this.#target;
    const upload = { Bucket: bucket, Key: key, UploadId: this.#id, ChecksumAlgorithm: 'CRC32' as const };
    const command = new UploadPartCommand({ ...upload, PartNumber, Body });
    const { ETag, ChecksumCRC32 } = await s3.send(command, { abortSignal: signal });
    return { PartNumber, ETag, ChecksumCRC32 };
  }

  async #isThere(): Promise<boolean> {
    const { s3, bucket, key, signal } = this.#target;
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const head = await s3.send(command, { abortSignal: signal }).catch(() => null);
    return head?.ContentLength === this.bytes;
  }
}
