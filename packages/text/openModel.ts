import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import type { SentimentScorer } from './openSentiment.ts';
import { SENTIMENT_LABELS, type Sentiment, softmaxSentiment } from './sentiment.ts';
import { fault, inspectWeights, type Weights } from './weights.ts';

type Library = typeof import('@huggingface/transformers');
type Session = { library: Library; tokenizer: PreTrainedTokenizer; model: PreTrainedModel; weights: Weights };
type Logits = { logits?: Tensor };

/**
 * A scorer from a three-way sequence classifier in ONNX form, read from a local folder; nothing is fetched and no
 * cache is written.
 *
 * Texts go through the model one by one: padding and, with quantized weights, the range of a batch's activations would
 * make a text's scores depend on its neighbours, and so on what the cache already has. Longer texts than the model
 * takes are cut, their closing token kept, as Python's tokenizers do.
 *
 * Errors: an `InputError`, as `openSentiment` lists them.
 */
export async function openModel(folder: string): Promise<SentimentScorer> {
  const weights = await inspectWeights(folder);
  const session = await load(weights);
  try {
    await scoreOne(session, 'ok');
  } catch (error) {
    await session.model.dispose();
    throw error;
  }
  return {
    name: weights.name,
    kind: 'model',
    async score(texts, onProgress) {
      const scores: Sentiment[] = [];
      for (const text of texts) {
        scores.push(await scoreOne(session, text));
        onProgress?.(scores.length, texts.length);
      }
      return scores;
    },
    async close() {
      await session.model.dispose();
    },
  };
}

/** The library is heavy and only needed here. */
async function load(weights: Weights): Promise<Session> {
  const library = await import('@huggingface/transformers');
  const { AutoModelForSequenceClassification, AutoTokenizer, env, LogLevel } = library;
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, useFSCache: false, useWasmCache: false });
  env.logLevel = LogLevel.NONE;
  const { folder, subfolder, dtype } = weights;
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    const options = { local_files_only: true, subfolder, dtype, device: 'cpu' } as const;
    const model = await AutoModelForSequenceClassification.from_pretrained(folder, options);
    return { library, tokenizer, model, weights };
  } catch (cause) {
    throw broken(weights, cause);
  }
}

async function scoreOne(session: Session, text: string): Promise<Sentiment> {
  const { model, weights } = session;
  const { logits } = await run(model, encode(session, text), weights);
  const values = Array.from((logits?.data ?? []) as Float32Array, Number);
  if (values.length !== SENTIMENT_LABELS.length || !values.every(Number.isFinite)) {
    throw broken(weights, new Error(`logits [${values.slice(0, 5).join(', ')}] where three numbers were expected`));
  }
  const logitOf = (label: (typeof SENTIMENT_LABELS)[number]) => values[weights.labels.indexOf(label)] ?? 0;
  return softmaxSentiment([logitOf('negative'), logitOf('neutral'), logitOf('positive')]);
}

async function run(model: PreTrainedModel, inputs: Record<string, Tensor>, weights: Weights): Promise<Logits> {
  try {
    return (await model(inputs)) as Logits;
  } catch (cause) {
    throw broken(weights, cause);
  }
}

/** The model's inputs, each of shape [1, tokens]. */
function encode({ library, tokenizer, weights }: Session, text: string): Record<string, Tensor> {
  const encoded = tokenizer(text, { return_tensor: false }) as unknown as Record<string, number[]>;
  const tokensMax = Math.min(tokenizer.model_max_length, weights.tokensMax ?? Number.POSITIVE_INFINITY);
  const closes = tokenizer.all_special_ids.includes(encoded.input_ids?.at(-1) ?? -1);
  const inputs = Object.entries(encoded).map(([name, values]) => {
    const kept = cut(values, tokensMax, closes ? 1 : 0);
    return [name, new library.Tensor('int64', BigInt64Array.from(kept, BigInt), [1, kept.length])] as const;
  });
  return Object.fromEntries(inputs);
}

function cut(values: readonly number[], count: number, closing: number): readonly number[] {
  if (values.length <= count) return values;
  return [...values.slice(0, count - closing), ...values.slice(values.length - closing)];
}

function broken(weights: Weights, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return fault(
    'weights_broken',
    `the sentiment model cannot be used (${reason})`,
    weights.folder,
    'copy or export it again',
    cause,
  );
}
