/** `not_json`: a value that JSON cannot hold; `bad_name`: an archive member's name that does not stay in the archive. */
export type ArtifactFault = 'not_json' | 'bad_name';

/** A fault of the calling code, not of the user's input. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  readonly code: ArtifactFault;
  /** The JSON path or the member's name. */
  readonly where: string;

  constructor(code: ArtifactFault, where: string, what: string) {
    super(`${what}: ${where}`);
    this.code = code;
    this.where = where;
  }
}
