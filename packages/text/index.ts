/** Texts of customer contacts: what the customer wants (rules) and how the customer feels (a model, or word lists). */

export { classifyIntent, matchIntent } from './classifyIntent.ts';
export { INTENT_RULES, INTENTS, type Intent, type IntentRule, type IntentRules } from './intentRules.ts';
export { intentSeverity } from './intentSeverity.ts';
export { mergeCaches } from './mergeCaches.ts';
export { openSentiment, type SentimentScorer } from './openSentiment.ts';
export { scoreTexts } from './scoreTexts.ts';
export { SENTIMENT_LABELS, type Sentiment, type SentimentLabel } from './sentiment.ts';
