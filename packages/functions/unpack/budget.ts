import type { InputError } from '@pilotlight/errors';
import { functionError } from '../errors.ts';

/** How much may come out of a file. */
export type Limits = {
  /** Of all that is in it. */
  bytesMax: number;
  /** Unpacked bytes to packed ones. */
  ratioMax: number;
  /** Of an archive, folders included. */
  membersMax: number;
};

/** What is so small is no bomb, however well it is packed. */
const RATIO_FREE_BYTES = 64 * 1024 ** 2;

/** Counts what comes out of one fetched file, and stops it at the limits. */
export class Budget {
  readonly #limits: Limits;
  readonly #packed_bytes: number;
  readonly #where: string;
  #bytes = 0;
  #members = 0;

  constructor(limits: Limits, packed_bytes: number, where: string) {
    this.#limits = limits;
    this.#packed_bytes = packed_bytes;
    this.#where = where;
  }

  /** @throws InputError `archive_too_large` */
  addMember(): void {
    this.#members += 1;
    if (this.#members > this.#limits.membersMax) throw this.#refusal(`it has over ${this.#limits.membersMax} members`);
  }

  /** @throws InputError `archive_too_large` */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    const { bytesMax, ratioMax } = this.#limits;
    if (this.#bytes > bytesMax) throw this.#refusal(`it unpacks to over ${bytesMax} bytes`);
    if (this.#bytes > RATIO_FREE_BYTES && this.#bytes > ratioMax * this.#packed_bytes)
      throw this.#refusal(`it unpacks to over ${ratioMax} times its size`);
  }

  #refusal(what: string): InputError {
    return functionError('archive_too_large', what, this.#where, 'deliver smaller files, or raise the limit');
  }
}
