import { openSentiment, type Sentiment, type SentimentLabel } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createListener } from './texts.ts';

const { log, said } = createListener();
const scorer = await openSentiment({ log });

async function scoreOf(text: string): Promise<Sentiment> {
  const [score] = await scorer.score([text]);
  if (!score) throw new Error('no score');
  return score;
}

const CASES: Record<SentimentLabel, string[]> = {
  negative: [
    'Unhappy',
    'Dissatisfied',
    'Frustrated',
    'Disappointed',
    'Upset',
    'Escalated',
    'Closing account',
    'Looking elsewhere',
    'Cust inquired about renewal options. Unhappy.',
    'Cust inquired about renewal. Unhappy. Looking elsewhere.',
    'Cust inquired about early contract cancel. Frustrated.',
    'Cust inq re: past due bill. Disappointed. Closing account. 12 days left.',
    'Cust questions early termination fees. No price hike. Upset. Escalated.',
    'The customer expressed concerns with the upcoming contract renewal in 25 days and may explore other options.',
    'The customer is not satisfied with the current plan.',
    'not at all happy',
    "The customer isn't pleased",
    'The customer isn’t very happy',
    'never satisfied',
    'El cliente no está satisfecho.',
    'no está nada contenta con el servicio',
    'No se muestra muy satisfecha',
    'Cliente muy descontento con la factura',
    'Clienta enfadada. Cierra su cuenta.',
    'poco satisfecho',
    'Insatisfecho con la tarifa, buscando otra compañía',
    'DECEPCIONADA',
    'ni contento ni satisfecho',
  ],
  neutral: [
    'Info provided',
    'Cust inquired re: upcoming renewal. Info provided.',
    'Cust inquired about renewal options.',
    'Inquiry re: account closure. Info provided.',
    'Inq about pricing. Confirmed details. Info provided.',
    'Info requested on plan options. Explained options. Info provided. 45 days left.',
    'Cust visited office re: account issues. Info provided.',
    'Cust in store re: past due bill. Info provided.',
    'Informed about early termination fees.',
    'Cust inq re: late renewal. No price increase. Info provided.',
    'Cust inquired about closing account. Info provided.',
    'Cust in store re: closing account. Info provided.',
    'no price increase',
    'No price hike',
    'price increase',
    'The customer reached out to discuss the upcoming renewal in 60 days and may explore other options.',
    'The customer inquired about the current plan, competitive offers and tenure.',
    'without problems',
    'no complaints',
    'not unhappy',
    'sin problemas',
    'Sin quejas',
    'El cliente consulta por la renovación del contrato. Se le informa.',
    'sin subida de precio',
    'Buenos días, consulta el precio',
    'Good morning, asks for the price',
    'de cara a la renovación',
    'No incidencias',
    'xyz 123',
    'Unhappyish',
  ],
  positive: [
    'Happy',
    'Satisfied',
    'Good experience',
    'pleased',
    'looks forward',
    'appreciation',
    'Info requested on future rate plans. Happy!',
    'Cust inq re: upcoming bill. No price increase. Satisfied.',
    'No price hike and happy',
    'Cust visited office re: late renewal. Confirmed details. Good experience. 30 days left.',
    'The customer expressed satisfaction with the upcoming contract renewal in 45 days, citing stable pricing and loyalty.',
    'The customer expressed appreciation for the current plan, seems pleased and looks forward to the renewal.',
    'The customer seems pleased, though may explore other options.',
    'no problems, very happy',
    'Sin problemas: cliente contento',
    'El cliente está muy satisfecho con el servicio',
    'Clienta encantada',
    'Buena experiencia en la oficina',
    'Agradece la información',
    'Sin subida de precio. Feliz.',
  ],
};

for (const [label, texts] of Object.entries(CASES)) {
  for (const text of texts) {
    test(`${label}: ${text}`, async () => {
      const score = await scoreOf(text);
      assert.is(score.label, label, JSON.stringify(score));
    });
  }
}

test('scores are between 0 and 1, sum to 1, and the label is the largest', async () => {
  for (const text of [...Object.values(CASES).flat(), 'unhappy '.repeat(1000), 'happy '.repeat(1000), '🙂']) {
    const { label, negative, neutral, positive } = await scoreOf(text);
    const scores = { negative, neutral, positive };
    for (const score of Object.values(scores)) assert.ok(score > 0 && score < 1, text);
    assert.ok(Math.abs(negative + neutral + positive - 1) <= 1e-9, text);
    assert.is(scores[label], Math.max(negative, neutral, positive), text);
  }
});

test('the scores of one word by hand: weight -2.6 against neutral 1 and nothing positive', async () => {
  const total = Math.exp(2.6) + Math.exp(1) + 1;
  const { negative, neutral, positive } = await scoreOf('Unhappy.');
  assert.ok(Math.abs(negative - Math.exp(2.6) / total) < 1e-12);
  assert.ok(Math.abs(neutral - Math.exp(1) / total) < 1e-12);
  assert.ok(Math.abs(positive - 1 / total) < 1e-12);
});

test('more words of one kind are surer, and two kinds less', async () => {
  const one = await scoreOf('Unhappy.');
  const two = await scoreOf('Unhappy. Escalated.');
  const mixed = await scoreOf('Unhappy. Good experience.');
  assert.ok(two.negative > one.negative && mixed.negative < one.negative);
});

test('case, accents and the order of the batch make no difference', async () => {
  assert.equal(await scoreOf('NO ESTÁ SATISFECHO'), await scoreOf('no esta satisfecho'));
  const texts = CASES.negative.slice(0, 5);
  const forward = await scorer.score(texts);
  const backward = await scorer.score(texts.toReversed());
  assert.equal(forward, backward.toReversed());
});

test('it says that it is the fallback, as a warning, with its name', () => {
  assert.is(said.length, 1);
  assert.is(said[0]?.level, 'warn');
  assert.match(said[0]?.msg ?? '', /falling back/);
  assert.equal(said[0]?.fields, { scorer: scorer.name, kind: 'lexicon' });
  assert.match(scorer.name, /^lexicon-\d+$/);
});

test('progress is reported, and no text is no score', async () => {
  const seen: number[][] = [];
  assert.equal(await scorer.score([], (...counts) => seen.push(counts)), []);
  await scorer.score(['a', 'b'], (...counts) => seen.push(counts));
  assert.equal(seen.at(-1), [2, 2]);
  await scorer.close();
});

test.run();
