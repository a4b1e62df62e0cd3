import { escapeHtml, figures, html, note, raw, renderPage, table } from '@pilotlight/reporting';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('every value of a template is escaped, in content and in attributes', () => {
  const evil = `<script>alert("1")</script>' & co`;
  const safe = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; &amp; co';
  assert.is(html`<p title="${evil}">${evil}</p>`.text, `<p title="${safe}">${safe}</p>`);
});

test('markup is not escaped twice, lists are joined, null is nothing, zero is 0', () => {
  assert.is(
    html`${html`<b>${'<'}</b>`}${['a', html`<i>${1}</i>`]}${null}${undefined}${0}`.text,
    '<b>&lt;</b>a<i>1</i>0',
  );
  assert.is(html`${raw('<svg/>')}`.text, '<svg/>');
});

test('an object that only looks like markup is escaped', () => {
  const forged = { text: '<b>', toString: () => '<b>' } as unknown as string;
  assert.is(html`${forged}`.text, '&lt;b&gt;');
});

test('characters that HTML forbids become the replacement character', () => {
  assert.is(escapeHtml('a\u0000b\u001b[0m\tc\n'), 'a\ufffdb\ufffd[0m\tc\n');
});

test('a page is self-contained: no script, no link, no outside address', () => {
  const page = renderPage({
    title: 'A <b>title</b>',
    subtitle: 'x & y',
    cards: [{ name: 'Rows', value: '1,000', more: 'of all', tone: 'good' }],
    sections: [
      { title: 'One', body: [note('<img src=x onerror=alert(1)>'), figures([{ svg: '<svg></svg>', caption: 'c' }])] },
    ],
    footer: 'end',
  });
  assert.match(page, /^<!doctype html>\n<html lang="en">/);
  assert.match(page, '<title>A &lt;b&gt;title&lt;/b&gt;</title>');
  assert.match(page, '&lt;img src=x onerror=alert(1)&gt;');
  assert.match(page, "default-src 'none'");
  assert.not.match(page, /<script|<link|<img|https?:\/\/|@import|url\(/);
  assert.ok(page.endsWith('</html>\n'));
});

test('a table has a caption, scopes, and numbers to the right', () => {
  const { text } = table(
    'Top',
    [{ header: 'Name' }, { header: 'PSI', numeric: true }],
    [['a<b', { text: '0.3', tone: 'bad' }]],
  );
  assert.match(text, '<caption>Top</caption>');
  assert.match(text, '<th scope="col">Name</th><th scope="col" class="number">PSI</th>');
  assert.match(text, '<tr><th scope="row">a&lt;b</th><td class="number bad">0.3</td></tr>');
});

test('an empty table says so', () => {
  assert.is(table('Not measurable', [{ header: 'Name' }], []).text, '<p>Not measurable: none.</p>');
});

test.run();
