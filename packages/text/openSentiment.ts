import type { Logger } from '@pilotlight/logging';
import { openLexicon } from './openLexicon.ts';
import { openModel } from './openModel.ts';
import type { Sentiment } from './sentiment.ts';

export type SentimentScorer = {
  /** Changes whenever scores may change: `lexicon-1`, or the model folder's name with the hash of its files. */
  readonly name: string;
  readonly kind: 'model' | 'lexicon';
  /** One sentiment a text, in order. A text's scores depend on that text alone. `onProgress` counts texts. */
  score(texts: readonly string[], onProgress?: (done: number, total: number) => void): Promise<Sentiment[]>;
  /** Frees the model's memory; the scorer cannot be used after it. */
  close(): Promise<void>;
};

/**
 * The scorer of a model in ONNX form where `weightsFolder` names one, else the lexicon, with a warning that says so.
 *
 * Errors: an `InputError` (`weights_missing`, `weights_incomplete`, `weights_broken`, `weights_labels`) for a folder
 * that cannot be used: a model that was asked for is never silently replaced.
 */
export async function openSentiment(options: { weightsFolder?: string | null; log: Logger }): Promise<SentimentScorer> {
  const { weightsFolder, log } = options;
  const scorer = weightsFolder == null ? openLexicon() : await openModel(weightsFolder);
  const facts = { scorer: scorer.name, kind: scorer.kind };
  if (scorer.kind === 'model') log.info({ ...facts, folder: weightsFolder }, `sentiment by the model ${scorer.name}`);
  else
    log.warn(
      facts,
      `no sentiment model is configured: falling back to word lists (${scorer.name}), which are less accurate`,
    );
  return scorer;
}
