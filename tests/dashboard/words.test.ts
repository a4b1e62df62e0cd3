import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changeQuery, readAddress, writeAddress } from '../../packages/dashboard/client/address.ts';
import { chooseLanguage, makeWords } from '../../packages/dashboard/client/i18n.ts';
import { en } from '../../packages/dashboard/client/words/en.ts';
import { es } from '../../packages/dashboard/client/words/es.ts';

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

test('both dictionaries have the same keys, no empty word, and the same holes', () => {
  assert.equal(Object.keys(es).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    const spanish = es[key as keyof typeof en];
    assert.ok(text.trim() !== '' && spanish.trim() !== '', key);
    assert.equal(holes(spanish), holes(text), key);
  }
});

test('numbers, money, shares and dates are written as the language writes them; what is missing is a dash', () => {
  const [english, spanish] = [makeWords('en').format, makeWords('es').format];
  assert.is(english.number(1234.5, 1), '1,234.5');
  assert.is(spanish.number(1234.5, 1), '1.234,5');
  assert.is(english.euro(1234.5), '€1,234.50');
  assert.match(spanish.euro(1234.5), /^1\.234,50\s€$/);
  assert.is(english.share(0.047), '4.7%');
  assert.is(english.pValue(1e-9), '< 0.0001');
  assert.is(english.date('2024-12-31'), '31 Dec 2024');
  assert.is(english.duration(75), '1 min 15 s');
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) assert.is(english.number(value), '–');
});

test('a code without a word is shown as it is', () => {
  assert.is(makeWords('es').code('tier', 'Critical'), 'Crítico');
  assert.is(makeWords('es').code('tier', 'Platinum'), 'Platinum');
  assert.is(makeWords('es').code('tier', null), '–');
});

test('the language is that of the address, else the one kept, else that of the browser, else English', () => {
  assert.is(chooseLanguage('es', 'en', ['en-GB']), 'es');
  assert.is(chooseLanguage(null, 'es', ['en-GB']), 'es');
  assert.is(chooseLanguage('xx', null, ['fr-FR', 'es-MX']), 'es');
  assert.is(chooseLanguage(null, null, ['fr-FR']), 'en');
});

test('an address is read and written: unknown parts are the first of their kind, a new filter starts at the first page', () => {
  assert.equal(readAddress({ pathname: '/nothing/nowhere', search: '' }).model, null);
  assert.is(readAddress({ pathname: '/churn/nowhere', search: '' }).page, 'overview');
  const query = new URLSearchParams('tier=High&page=3&sort=id');
  assert.is(
    writeAddress('churn', 'customer-risk', changeQuery(query, { tier: 'Low' })),
    '/churn/customer-risk?sort=id&tier=Low',
  );
  assert.is(
    writeAddress('churn', 'customer-risk', changeQuery(query, { page: '4' })),
    '/churn/customer-risk?page=4&sort=id&tier=High',
  );
  assert.is(
    writeAddress('churn', 'overview', changeQuery(new URLSearchParams('tier=a'), { tier: null })),
    '/churn/overview',
  );
});

test.run();
