/** Ten thousand parts an object: this many bytes each go to 78 GiB. */
export const PART_BYTES = 8 * 1024 ** 2;

/**
 * The buffers that parts are sent from, made when first wanted and used again: all that is held of any number of uploads, and what
 * bounds how many parts are on their way.
 */
export class PartPool {
  readonly #free: Buffer[] = [];
  readonly #waiting: ((buffer: Buffer) => void)[] = [];
  #left: number;

  constructor(buffers = 4) {
    this.#left = buffers;
  }

  /** A buffer of {@link PART_BYTES}; waits for one where all are in use. */
  async take(): Promise<Buffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#left === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#left -= 1;
    return Buffer.allocUnsafeSlow(PART_BYTES);
  }

  give(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}
