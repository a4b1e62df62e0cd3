/**
 * `not_json`: a value that JSON cannot hold; `bad_name`: an archive member's name that does not stay in the archive.
 *
 * Of stores: `exists` and `changed`: a conditional write that lost; `corrupt`: the bytes are not those that the checksum
 * tells; `throttled`, `unavailable`: the service said no to the last try; `refused`: an answer that none of these is.
 */
export type ArtifactFault =
  | 'not_json'
  | 'bad_name'
  | 'exists'
  | 'changed'
  | 'corrupt'
  | 'throttled'
  | 'unavailable'
  | 'refused';

/** Not a fault of the user's input: of the calling code, of a service, or a race that another writer won. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  readonly code: ArtifactFault;
  /** The JSON path, the member's name or the URI. */
  readonly where: string;

  constructor(code: ArtifactFault, where: string, what: string, options: { todo?: string; cause?: unknown } = {}) {
    const { todo, cause } = options;
    super(`${what}: ${where}${todo ? `: ${todo}` : ''}`.replace(/\s*\n\s*/g, ' '), { cause });
    this.code = code;
    this.where = where;
  }
}
