import { lookUpSql } from '../../random.ts';
import type { Intent, Sentiment } from './interactions.ts';

/** Short notes among the texts of each sentiment; the others are prose. */
const NOTES = { negative: 0.83, neutral: 0.67, positive: 0.25 };

const OPENERS = [
  'Cust inquired about',
  'Cust inquired about',
  'Cust inq re:',
  'Inquiry re:',
  'Inq about',
  'Info requested on',
  'Informed about',
  'Cust visited office re:',
  'Cust in store re:',
  'Cust questions',
];
const RENEWAL_TOPICS = [
  'renewal options',
  'renewal options',
  'renewal terms',
  'renewal details',
  'renewal offers',
  'renewal process',
  'upcoming renewal',
  'late renewal',
];
const TOPICS: Record<Intent, string[]> = {
  renewal: RENEWAL_TOPICS,
  complaint: [...RENEWAL_TOPICS, 'services', 'pricing'],
  pricing: ['pricing', 'promo pricing', 'future rate plans', 'competitive rates', 'discounts', 'prices next year'],
  account: ['account details', 'account issues', 'account updates', 'services', 'service setup'],
  billing: ['past due bill', 'upcoming bill', 'last bill', 'a charge', 'payment dates'],
  plan: ['plan options', 'plan details', 'plan terms', 'other plans'],
  cancellation: ['early contract cancel', 'account closure', 'contract cancellation', 'closing account'],
};
const MIDDLES: Partial<Record<Intent, string[]>> = {
  renewal: ['No price increase', 'No price hike', 'Confirmed details', 'Explained options'],
  pricing: ['No price increase', 'Explained options'],
  billing: ['Confirmed details'],
  plan: ['Explained options', 'Confirmed details'],
  account: ['Confirmed details'],
};
const MIDDLE_SHARE = 0.25;
const HAPPY = ['Happy', 'Happy', 'Satisfied', 'Good experience'];
/** Only where the intent is a complaint, or one that goes before it: these words make it one. */
const UNHAPPY = [
  'Unhappy',
  'Unhappy',
  'Dissatisfied',
  'Frustrated',
  'Upset',
  'Unhappy. Escalated',
  'Disappointed. Escalated',
];
const BAD = ['Bad experience', 'Bad experience', 'Angry', 'Annoyed', 'Poor experience'];
/** A complaint's neutral and positive texts speak of one without making it. */
const NO_COMPLAINT = ['Info provided. No complaint so far', 'Info provided. No escalation needed'];
const PAST_COMPLAINT = ['Did complain before. Happy. Good experience'];

const DISCUSSED: Record<Intent, string[]> = {
  renewal: [
    'inquired about the upcoming contract renewal',
    'reached out to discuss the upcoming renewal',
    'asked how the renewal of the contract works',
  ],
  complaint: ['reached out to discuss the upcoming contract renewal', 'reached out about the service'],
  pricing: ['inquired about pricing and competitive offers', 'reached out to discuss the prices of the coming year'],
  account: ['inquired about account details', 'reached out to discuss account updates'],
  billing: ['inquired about the upcoming bill', 'reached out to discuss a payment'],
  plan: ['inquired about the current plan', 'reached out to discuss plan options'],
  cancellation: ['inquired about an early contract cancellation', 'reached out to discuss an account closure'],
};
const PLEASED = [
  'They have been with us for a long time, expressed appreciation for the help they got and seem pleased with how stable everything is. They look forward to staying.',
  'They expressed satisfaction with how things have gone over the years, are happy with the support and look forward to another year with us.',
  'They were happy to hear that nothing changes for loyal households, appreciate the clear answers and seem pleased with the conversation as a whole.',
];
const INFORMED = [
  'The agent went through the contract step by step and sent the documents by email. The customer will read them and get back to us in the coming weeks.',
  'The agent explained what the next steps are and which dates apply. The customer took notes, asked for a written summary and has not decided yet.',
];
const DISPLEASED = [
  'They expressed dissatisfaction with how their case has been handled, feel frustrated that nothing has changed and said that this cannot go on for another year.',
  'They are unhappy with how they have been treated over the last months, upset about the wait and do not expect anything to get better with us.',
];
const ANGRY = [
  'They expressed concerns, said that they are annoyed by how they have been treated and called the last months a bad experience from the beginning to the end.',
  'They expressed concerns about how long everything takes, were angry during the whole conversation and called the support they got terrible.',
];
const NOT_COMPLAINING = [
  'They said that this is not a complaint and that they only want to know which dates apply. The agent sent the documents and will get back to them in the coming weeks.',
];
const COMPLAINED_ONCE = [
  'They did complain last year, but are happy and satisfied with how it went, expressed appreciation for the help they got and look forward to another year with us.',
];

/**
 * SQL of a contact's text from its `intent`, `sentiment`, `days_left` and the customer `c`: a note ("Cust inquired about
 * renewal options. Unhappy.") or prose. The rules for intents find the intent it was written for, and its tone is plain.
 */
export function textSql(): string {
  return `CASE WHEN u(c, 'note') < ${lookUpSql('sentiment', NOTES)} THEN ${noteSql()} ELSE ${proseSql()} END`;
}

function noteSql(): string {
  const middles = perIntent((intent) => `'. ' || ${oneOf(MIDDLES[intent] ?? ['Confirmed details'], 'middle')}`);
  const middle = `CASE WHEN intent <> 'complaint' AND u(c, 'has_middle') < ${MIDDLE_SHARE} THEN ${middles} ELSE '' END`;
  const end = `CASE WHEN intent = 'renewal' AND u(c, 'has_end') < 0.1 THEN ' ' || days_left || ' days left.'
    WHEN intent IN ('renewal', 'complaint', 'pricing', 'cancellation') AND sentiment = 'negative' AND u(c, 'has_end') < 0.2
      THEN ' Looking elsewhere.' ELSE '' END`;
  const tone = toneSql({
    happy: HAPPY,
    informed: ['Info provided'],
    unhappy: UNHAPPY,
    bad: BAD,
    noComplaint: NO_COMPLAINT,
    pastComplaint: PAST_COMPLAINT,
  });
  return `${oneOf(OPENERS, 'opener')} || ' ' || ${perIntent((intent) => oneOf(TOPICS[intent], 'topic'))} || ${middle} || '. ' || ${tone} || '.' || ${end}`;
}

function proseSql(): string {
  const when = `CASE WHEN intent = 'renewal' AND u(c, 'has_days') < 0.5 THEN ' in ' || days_left || ' days' ELSE '' END`;
  const tone = toneSql({
    happy: PLEASED,
    informed: INFORMED,
    unhappy: DISPLEASED,
    bad: ANGRY,
    noComplaint: NOT_COMPLAINING,
    pastComplaint: COMPLAINED_ONCE,
  });
  return `'The customer ' || ${perIntent((intent) => oneOf(DISCUSSED[intent], 'topic'))} || ${when} || '. ' || ${tone}`;
}

type Tones = Record<'happy' | 'informed' | 'unhappy' | 'bad' | 'noComplaint' | 'pastComplaint', string[]>;

function toneSql(tones: Tones): string {
  const when = (intents: Intent[], sentiment: Sentiment, texts: string[]) =>
    `WHEN sentiment = '${sentiment}' AND intent IN ('${intents.join("', '")}') THEN ${oneOf(texts, 'tone')}`;
  return `CASE ${when(['complaint'], 'neutral', tones.noComplaint)} ${when(['complaint'], 'positive', tones.pastComplaint)}
    ${when(['complaint', 'cancellation'], 'negative', tones.unhappy)} WHEN sentiment = 'negative' THEN ${oneOf(tones.bad, 'tone')}
    WHEN sentiment = 'neutral' THEN ${oneOf(tones.informed, 'tone')} ELSE ${oneOf(tones.happy, 'tone')} END`;
}

function perIntent(sql: (intent: Intent) => string): string {
  const cases = (Object.keys(TOPICS) as Intent[]).map((intent) => `WHEN '${intent}' THEN ${sql(intent)}`);
  return `CASE intent ${cases.join(' ')} END`;
}

function oneOf(texts: string[], stream: string): string {
  const list = texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ');
  return `[${list}][1 + CAST(floor(${texts.length} * u(c, '${stream}')) AS INTEGER)]`;
}
