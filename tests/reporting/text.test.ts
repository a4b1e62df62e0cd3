import {
  formatCount,
  formatFixed,
  formatNumber,
  formatP,
  formatShare,
  textHeading,
  textList,
  textTable,
} from '@pilotlight/reporting';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('a table is aligned, without blanks at line ends', () => {
  const columns = [{ header: 'Name' }, { header: 'PSI', align: 'right' }, { header: 'Note' }] as const;
  const text = textTable(columns, [
    ['amount', '0.3', ''],
    ['días', '12.25', 'ok'],
  ]);
  assert.is(text, ['Name      PSI  Note', '------  -----  ----', 'amount    0.3', 'días    12.25  ok'].join('\n'));
});

test('line breaks, tabs and escape codes in a cell do not break the layout', () => {
  const text = textTable([{ header: 'Name' }], [['a\nb\tc\u001b[31m\u2028d\u0085']]);
  assert.is(text.split('\n').length, 3);
  assert.match(text, 'a\\nb\\tc\\u001b[31m');
  for (const control of ['\t', '\u001b', '\u2028', '\u0085']) assert.not.match(text, control);
});

test('a long cell is cut, a missing one is empty', () => {
  const text = textTable([{ header: 'Name', width_max: 8 }, { header: 'B' }], [['abcdefghijk']]);
  assert.is(text.split('\n')[2], 'abcde...');
});

test('a table without rows has its header', () => {
  assert.is(textTable([{ header: 'Name' }], []), 'Name\n----');
});

test('lists and headings', () => {
  const list = textList([
    ['Rows', '10'],
    ['Drifted', '2'],
  ]);
  assert.is(list, 'Rows     10\nDrifted  2');
  assert.is(textList([]), '');
  assert.is(textHeading('Top', '='), 'Top\n===');
});

for (const [format, value, expected] of [
  [formatCount, 1234567, '1,234,567'],
  [formatCount, 999, '999'],
  [formatCount, -1234.56, '-1,234.6'],
  [formatCount, 0, '0'],
  [formatShare, 0.1234, '12.3 %'],
  [formatFixed, 0.25, '0.2500'],
  [formatFixed, -0.00001, '0.0000'],
  [formatNumber, 123456, '123500'],
  [formatNumber, 0.1, '0.1'],
  [formatP, 0, '0'],
  [formatP, 2.96e-7, '3.0e-7'],
  [formatP, 0.05, '0.0500'],
  [formatFixed, null, '-'],
  [formatShare, undefined, '-'],
  [formatCount, Number.NaN, '-'],
  [formatNumber, Number.POSITIVE_INFINITY, '-'],
  [formatP, Number.NaN, '-'],
] as const) {
  test(`${format.name}(${value}) is "${expected}"`, () => assert.is(format(value), expected));
}

test.run();
