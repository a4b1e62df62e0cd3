import { InputError } from '@pilotlight/errors';
import { classifyIntent, INTENT_RULES, INTENTS, type Intent, intentSeverity, matchIntent } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expandForms } from '../../packages/text/expandForms.ts';

const [CANCELLATION, COMPLAINT, BILLING, RENEWAL, PRICING, PLAN, ACCOUNT, GENERAL, OTHER] = INTENTS;

/** The published words, written out. */
const REFERENCE: Record<string, string> = {
  [CANCELLATION]: `cancel; canceled; cancelled; cancellation; terminate; switch; switching; leave; account close; account closure;
    closing account`,
  [COMPLAINT]: `complain; complaint; complaining; frustrated; frustration; escalated; escalation; not satisfied; unsatisfied; upset;
    dissatisfied; dissatisfaction; unhappy; discontent`,
  [BILLING]: 'bill; billing; charge; charges; charged; payment; overdue; past due',
  [RENEWAL]: 'renew; renewal; renewals; renewing; renewed; expire; expiry; expiration',
  [PRICING]: `price; prices; priced; pricing; rate; rates; increase; hike; discount; discounts; saving; savings; competitive;
    competitiveness; competition; better deal; better rate; better offer; alternative; alternatives; looking around`,
  [PLAN]: 'plan; plans; option; options',
  [ACCOUNT]: `account details; account questions; account updates; account setup; account issues; service; services; inquiry; inquired;
    inquiries; info; clarified; setup details; no issues found; all good`,
  [GENERAL]: `general; follow-up; routine; inbound call; no action required; resolved; normal process; standard interaction;
    customer contacted`,
};

/** Our additions; by intent. */
const ADDED: Record<string, string> = {
  [CANCELLATION]: `cancelling; canceling; terminated; termination; leaving; cancelar; cancelación; cancelada; rescindir; rescisión;
    darse de baja; dar de baja; solicita la baja; baja del contrato; anular; cambio de compañía; cambiar de comercializadora;
    cierre de la cuenta; cerrar su cuenta; irse a otra; pasarse a la competencia`,
  [COMPLAINT]: `complaints; complained; disappointed; queja; quejas; reclamación; reclamaciones; frustrado; frustradas;
    insatisfecha; insatisfacción; no satisfecho; no está satisfecha; no está muy satisfecho; molesto; enfadada; enojados; descontento;
    decepcionada; indignado; escalado; disgustados`,
  [BILLING]: `bills; invoice; factura; facturas; facturación; el recibo; recibos; recibo de la luz; cobro; cobrado; pago; pagos; impago;
    deuda; cargo indebido; domiciliación`,
  [RENEWAL]:
    'expired; renovar; renovación; renovaciones; renovado; renueva; prórroga; vencimiento; vence; caducidad; fin de contrato',
  [PRICING]: `looking elsewhere; precio; precios; tarifa; tarifas; aumento; subida; subidas; incremento; descuento; descuentos; ahorro;
    ahorrar; competitivo; competitividad; competencia; mejor oferta; mejores ofertas; alternativa; alternativas;
    mirando otras opciones; buscando otra compañía`,
  [PLAN]: 'planes; opción; opciones; modalidad',
  [ACCOUNT]: `enquiry; information; servicio; servicios; consulta; consultas; pregunta; preguntó; información; informado; aclarado;
    datos de la cuenta; dudas sobre su cuenta; sin problemas; sin incidencias; todo bien; todo correcto`,
  [GENERAL]: `follow up; seguimiento; rutina; llamada entrante; no requiere acción; sin acción requerida; resuelto; resueltas;
    proceso normal; interacción estándar; cliente contactado`,
};

const listOf = (words: string | undefined) => (words ?? '').split(';').map((word) => word.trim().replace(/\s+/g, ' '));
const foldByHand = (word: string) =>
  word.toLowerCase().replace(/[áéíóúüñ]/g, (letter) => 'aeiouun'['áéíóúüñ'.indexOf(letter)] ?? '');

for (const [source, table] of Object.entries({ 'the published': REFERENCE, 'the added': ADDED })) {
  for (const [intent, words] of Object.entries(table)) {
    test(`${source} words of ${intent}: alone, inside a sentence, in capitals; the match is the word`, () => {
      const list = listOf(words);
      assert.ok(list.length >= 4);
      for (const word of list) {
        for (const text of [word, `xx (${word}), yy.`, word.toUpperCase(), ` ${word}\n`]) {
          assert.is(classifyIntent(text), intent, text);
        }
        assert.equal(matchIntent(word), { intent, word: foldByHand(word) }, word);
      }
    });
  }
}

test('the published words are in the rules as published, no more and no fewer', () => {
  const words = INTENT_RULES.rules.map(({ intent, reference }) => [intent, reference.flatMap(expandForms).sort()]);
  assert.equal(
    words,
    Object.entries(REFERENCE).map(([intent, list]) => [intent, listOf(list).sort()]),
  );
});

test('eight intents and the rest, in the order of priority', () => {
  assert.equal([...INTENTS], [...Object.keys(REFERENCE), 'Other / Unclassified']);
  assert.equal(
    INTENT_RULES.rules.map((rule) => rule.intent),
    INTENTS.slice(0, 8),
  );
  assert.ok(Number.isInteger(INTENT_RULES.version) && INTENT_RULES.version > 0);
});

test('of two intents in one text the earlier in the list wins, whichever comes first in the text', () => {
  const firstWords = Object.entries(REFERENCE).map(([intent, words]) => ({ intent, word: listOf(words)[0] ?? '' }));
  for (const [index, stronger] of firstWords.entries()) {
    for (const weaker of firstWords.slice(index + 1)) {
      assert.is(classifyIntent(`${stronger.word}, ${weaker.word}`), stronger.intent);
      assert.is(classifyIntent(`${weaker.word}, ${stronger.word}`), stronger.intent);
    }
  }
});

const CASES: [text: string, intent: Intent, word: string | null][] = [
  ['Cust inquired about renewal options. Unhappy.', COMPLAINT, 'unhappy'],
  ['Cust inquired about renewal. Unhappy. Looking elsewhere.', COMPLAINT, 'unhappy'],
  ['Cust inquired about early contract cancel. Frustrated.', CANCELLATION, 'cancel'],
  ['Cust inquired re: upcoming renewal. Info provided.', RENEWAL, 'renewal'],
  ['Info requested on future rate plans. Happy!', PRICING, 'rate'],
  ['Cust inq re: services. Satisfied.', ACCOUNT, 'services'],
  ['Inquiry re: account closure. Dissatisfied. Escalated.', CANCELLATION, 'account closure'],
  ['Cust questions upcoming bill. No price increase. Happy.', BILLING, 'bill'],
  ['Cust inquired about promo. Info provided.', ACCOUNT, 'inquired'],
  ['Informed about plan options. Good experience.', PLAN, 'plan'],
  ['The customer expressed appreciation for the upcoming contract renewal in 45 days.', RENEWAL, 'renewal'],
  ['El cliente pregunta por la renovación y el precio', RENEWAL, 'renovacion'],
  ['Clienta molesta por la subida de la factura', COMPLAINT, 'molesta'],
  ['Quiere darse de baja: está muy descontenta', CANCELLATION, 'darse de baja'],
  ['mirando otras opciones antes de la renovación', RENEWAL, 'renovacion'],
  ['Llamada de cortesía.', OTHER, null],
];

for (const [text, intent, word] of CASES) {
  test(`intent of: ${text}`, () => assert.equal(matchIntent(text), { intent, word }));
}

const NOT_WORDS = [
  [
    'words inside words',
    'planet; renewable; renewables; explan; optional; enterprise; rated; rater; billboard; servicer',
  ],
  [
    'words inside words',
    'discharge; overprice; scharge; unresolved_; switchboard; leaves; leaved; generally; hiker; informant',
  ],
  [
    'words inside Spanish words',
    'renovable; energías renovables; planeta; preciosa; tarifario; pagoda; serviciales; opcional',
  ],
  [
    'a phrase is its words beside one another',
    'account is closed; past the due; better than no deal; closing. Account',
  ],
  ['Spanish words with another meaning', 'potencia baja; baja tensión; no recibo respuesta; me cuenta su caso'],
] as const;

for (const [name, texts] of NOT_WORDS) {
  for (const text of listOf(texts)) {
    test(`${name}: ${text}`, () => assert.equal(matchIntent(text), { intent: OTHER, word: null }));
  }
}

test('negation is ignored, except inside a phrase of the rules', () => {
  assert.is(classifyIntent('no price increase'), PRICING);
  assert.is(classifyIntent('Does not want to cancel'), CANCELLATION);
  assert.is(classifyIntent('no complaints'), COMPLAINT);
  assert.is(classifyIntent('sin quejas'), COMPLAINT);
  assert.is(classifyIntent('satisfied'), OTHER);
  assert.is(classifyIntent('not satisfied'), COMPLAINT);
});

test('accents, decomposed letters, capitals and typographic gaps make no difference', () => {
  for (const text of ['cancelación', 'CANCELACIÓN', 'cancelacion', 'cancelacio\u0301n', 'Cancelación.']) {
    assert.is(classifyIntent(text), CANCELLATION, text);
  }
  for (const text of ['past due', 'past-due', 'past\n due', 'past\u2013due', 'PAST\u00a0DUE']) {
    assert.is(classifyIntent(text), BILLING, text);
  }
});

test('no text is no intent; text without a word is Other', () => {
  for (const text of [null, '', '   ', '\n\t', '\u00a0']) {
    assert.is(classifyIntent(text), null);
    assert.is(matchIntent(text), null);
  }
  for (const text of ['.', 'xyz', '12345', '¿?', '🙂']) assert.is(classifyIntent(text), OTHER);
});

test('severity: cancellation 3, complaint 2, pricing 1, all else 0', () => {
  assert.equal(
    INTENTS.map((intent) => intentSeverity(intent)),
    [3, 2, 0, 0, 1, 0, 0, 0, 0],
  );
  assert.is(intentSeverity(null), 0);
});

test('rules are data: others can be given, and the order in them decides', () => {
  const rule = (intent: typeof PLAN | typeof PRICING, word: string) => ({
    intent,
    reference: [word],
    english: [],
    spanish: [],
  });
  const rules = { version: 7, rules: [rule(PLAN, 'b(ox,us).x'), rule(PRICING, 'bus')] };
  assert.is(classifyIntent('bus', rules), PRICING);
  assert.is(classifyIntent('a bus.x and a bus', rules), PLAN);
  assert.is(classifyIntent('cancel busax', rules), OTHER, 'a dot in a word is a dot');
});

test('a rule without words is refused, not taken to match everything', () => {
  for (const words of [[], [''], ['plan', ' ']]) {
    const rules = { version: 1, rules: [{ intent: PLAN, reference: words, english: [], spanish: [] }] };
    assert.throws(
      () => classifyIntent('x', rules),
      (error: unknown) => error instanceof InputError && error.code === 'bad_rules' && error.where === PLAN,
    );
  }
});

test('a long text takes no time', () => {
  const start = performance.now();
  classifyIntent(`${'not clos closing past better no '.repeat(20_000)} `);
  assert.ok(performance.now() - start < 2000);
});

test.run();
