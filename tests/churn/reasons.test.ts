import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identifier, literal } from '@pilotlight/tables';
import { INTENTS } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadChurnConfig } from '../../pipelines/churn/config.ts';
import { FEATURES } from '../../pipelines/churn/featureCatalogue.ts';
import { hasReason, reasonsSql } from '../../pipelines/churn/reasons.ts';
import { NO_REASON, REASONS, SPANISH, type Text, THEMES } from '../../pipelines/churn/reasonsTable.ts';
import { withSession } from '../../pipelines/churn/scoringSession.ts';

const { features: CONFIG } = loadChurnConfig({}).value;

type Cell = { value: number | string | null; push: number };

/** A SQL query for the reasons, as JSON, of one customer whose features have these values and contributions. */
function reasonsQuery(customer: Record<string, Cell>, max: number): string {
  const names = Object.keys(customer);
  const features = names.map((name) => ({ name, kind: FEATURES[name]?.kind ?? ('numeric' as const) }));
  const side = (pick: (cell: Cell) => string) =>
    names.map((name) => `${pick(customer[name] as Cell)} AS ${identifier(name)}`).join(', ');
  const value = (cell: Cell, name = '') =>
    cell.value === null && FEATURES[name]?.kind !== 'categorical' ? 'CAST(NULL AS DOUBLE)' : literal(cell.value);
  const values = names.map((name) => `${value(customer[name] as Cell, name)} AS ${identifier(name)}`).join(', ');
  const contributions = side(({ push }) => literal(push));
  const sql = reasonsSql({ features, fills: CONFIG.fills, max, values: 'f', contributions: 'c' });
  return `SELECT to_json(${sql}) AS reasons FROM (SELECT ${values || '1'}) f, (SELECT ${contributions || '1'}) c`;
}

async function reasonsOfAll(customers: readonly Record<string, Cell>[], max = 10): Promise<Text[][]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  try {
    return await withSession(folder, new AbortController().signal, async (session) => {
      const found: Text[][] = [];
      for (const customer of customers) {
        const [row] = await session.rows(reasonsQuery(customer, max));
        found.push(JSON.parse(String(row?.reasons)) as Text[]);
      }
      return found;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reasonsOf = async (customer: Record<string, Cell>, max?: number): Promise<Text[]> =>
  (await reasonsOfAll([customer], max))[0] as Text[];

const codes = (reasons: Text[]) => reasons.map(({ code }) => code);

test('every feature that the code makes, and every feature of every experiment, has its own reason', () => {
  const named = Object.values(CONFIG.experiments).flatMap((tiers) => tiers.flatMap((tier) => CONFIG.tiers[tier] ?? []));
  const silent = [...new Set([...named, ...Object.keys(FEATURES)])].filter((name) => !hasReason(name));
  assert.equal(silent, []);
  assert.ok(new Set(named).size >= 64);
  assert.equal(
    Object.keys(REASONS).filter((name) => !(name in FEATURES)),
    [],
    'reasons for features that nobody makes',
  );
});

test('a code belongs to one theme, and texts are whole in both languages', () => {
  const themes = new Map<string, string>(Object.entries(THEMES).map(([theme, { code }]) => [code, theme]));
  const texts: Text[] = [...Object.values(THEMES), NO_REASON];
  for (const { theme, wordings } of Object.values(REASONS)) {
    for (const wording of wordings) {
      assert.is(themes.get(wording.code) ?? theme, theme, wording.code);
      themes.set(wording.code, theme);
      texts.push(wording);
    }
  }
  for (const { code, en, es } of texts) {
    assert.match(code, /^([A-Z0-9_]+|low_risk_monitoring)$/);
    for (const text of [en, es]) {
      assert.ok(text.trim() !== '' && !text.includes(';'), code);
      assert.ok(text.split('{value}').length <= 2, text);
    }
    assert.is(en.includes('{value}'), es.includes('{value}'), code);
  }
});

test('Spanish for every intent that is shown by its name', () => {
  const worded = new Set(['Cancellation / Switch', 'Complaint / Escalation', 'Pricing Offers']);
  assert.equal(
    INTENTS.filter((intent) => !worded.has(intent) && !(intent in SPANISH)),
    [],
  );
});

test('the contributions of a theme add, and only what pushes the risk up counts', async () => {
  const reasons = await reasonsOf({
    months_to_renewal: { value: 1.8, push: 0.3 },
    renewal_bucket: { value: '0-3m', push: 0.25 },
    is_negative_sentiment: { value: 1, push: 0.5 },
    sentiment_label: { value: 'negative', push: -0.1 },
    tenure_months: { value: 90, push: -0.4 },
  });
  // Renewal 0.55, tone 0.4, tenure below zero; months_to_renewal leads its theme.
  assert.equal(reasons, [
    { code: 'RENEWAL_SOON', en: 'contract renews in 1.8 months', es: 'el contrato se renueva en 1,8 meses' },
    { code: 'NEGATIVE_TONE', en: 'negative tone in the last contact', es: 'tono negativo en el último contacto' },
  ]);
});

test('equal contributions go by code, and there are as many as asked for', async () => {
  const customer = {
    is_high_competition_province: { value: 1, push: 0.2 },
    is_complaint_intent: { value: 1, push: 0.2 },
    elec_price_trend_12m: { value: 0.12, push: 0.3 },
  };
  assert.equal(codes(await reasonsOf(customer)), ['PRICE_RISE', 'COMPLAINT', 'HIGH_COMPETITION']);
  assert.equal(codes(await reasonsOf(customer, 2)), ['PRICE_RISE', 'COMPLAINT']);
});

test('a customer whose risk nothing raises has a reason all the same', async () => {
  const expected = ['low_risk_monitoring'];
  assert.equal(codes(await reasonsOf({ tenure_months: { value: 90, push: -0.4 } })), expected);
  assert.equal(codes(await reasonsOf({ tenure_months: { value: 90, push: 0 } })), expected);
  assert.equal(codes(await reasonsOf({})), expected);
});

const TEXTS: [feature: string, value: number | string | null, code: string, en: string, es: string][] = [
  [
    'elec_price_trend_12m',
    0.12,
    'PRICE_RISE',
    'electricity price rose 12 % over the year',
    'el precio de la luz subió un 12 % en el año',
  ],
  [
    'elec_price_trend_12m',
    -0.034,
    'PRICE_FALL',
    'electricity price fell 3 % over the year',
    'el precio de la luz bajó un 3 % en el año',
  ],
  ['elec_price_trend_12m', null, 'PRICE', 'price of the energy', 'precio de la energía'],
  ['months_to_renewal', -2.3, 'CONTRACT_EXPIRED', 'contract expired 2.3 months ago', 'contrato vencido hace 2,3 meses'],
  ['months_to_renewal', 9, 'RENEWAL_TIMING', 'contract renews in 9.0 months', 'el contrato se renueva en 9,0 meses'],
  [
    'months_to_renewal',
    null,
    'RENEWAL_TIMING',
    'where the contract stands in its term',
    'momento en que se encuentra el contrato',
  ],
  ['is_complaint_intent', 0, 'CONTACT_TOPIC', 'subject of the last contact', 'motivo del último contacto'],
  ['last_interaction_days_ago', 9999, 'NO_CONTACT', 'no dated contact on record', 'sin contactos con fecha'],
  ['last_interaction_days_ago', 12, 'RECENT_CONTACT', 'last contact 12 days ago', 'último contacto hace 12 días'],
  ['months_since_last_change', 9999, 'NO_PRODUCT_CHANGE', 'has never changed product', 'nunca ha cambiado de producto'],
  ['customer_intent', 'no_interaction', 'NO_CONTACT_TOPIC', 'no text of a contact on record', 'sin texto de contactos'],
  [
    'customer_intent',
    'Contract Renewal',
    'CONTACT_TOPIC',
    'last contact about: Contract Renewal',
    'último contacto sobre: renovación del contrato',
  ],
  ['sales_channel', 'Feria; local', 'SALES_CHANNEL', 'came through: Feria, local', 'llegó por: Feria, local'],
  ['segment', 'SME', 'CUSTOMER_SEGMENT', 'segment: SME', 'segmento: Pyme'],
  [
    'min_monthly_margin',
    -3.456,
    'LOW_MARGIN',
    'margin was 3.46 EUR below zero in the worst month',
    'el margen llegó a 3,46 EUR por debajo de cero en el peor mes',
  ],
  [
    'intent_x_renewal_bucket',
    'Contract Renewal_x_0-3m',
    'CONTACT_TOPIC',
    'last contact and renewal: Contract Renewal, 0-3m',
    'último contacto y renovación: Contract Renewal, 0-3m',
  ],
  ['net_margin_2015', 5.5, 'NET_MARGIN_2015', 'net margin 2015: 5.5', 'net margin 2015: 5.5'],
  ['net_margin_2015', null, 'NET_MARGIN_2015', 'net margin 2015: not known', 'net margin 2015: desconocido'],
];

for (const [feature, value, code, en, es] of TEXTS) {
  test(`${feature} = ${value}`, async () => {
    assert.equal(await reasonsOf({ [feature]: { value, push: 0.1 } }), [{ code, en, es }]);
  });
}

test('every feature has a text for any value: missing, zero, one, negative, unheard of', async () => {
  const cases = Object.keys(FEATURES).flatMap((name) => {
    const values = FEATURES[name]?.kind === 'categorical' ? [null, 'x', 'a_x_b'] : [null, 0, 1, -1];
    return values.map((value) => ({ name, value }));
  });
  const found = await reasonsOfAll(cases.map(({ name, value }) => ({ [name]: { value, push: 1 } })));
  for (const [i, { name, value }] of cases.entries()) {
    const [reason] = found[i] as Text[];
    assert.ok(reason?.code && reason.en && reason.es, `${name} = ${value}: ${JSON.stringify(reason)}`);
    assert.not.match(`${reason.en} ${reason.es}`, /null|nan\b|\{value\}/i);
  }
});

test.run();
