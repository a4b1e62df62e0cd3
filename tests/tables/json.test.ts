import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refusal, SPECS, type Staged, stage } from './staging.ts';

const notes = (content: string | Uint8Array) => ({ 'notes.json': content });
const textsOf = ({ rows }: Staged): unknown[] => (rows.notes ?? []).map(({ text }) => text);

test('an array of objects, in its order', async () => {
  const { rows, reports } = await stage({});
  assert.equal(rows.notes, [
    { id: 'C1', day: '2024-03-01', text: 'a' },
    { id: 'C1', day: '2024-02-01', text: 'b' },
  ]);
  assert.equal([reports.notes?.rows_read, reports.notes?.rows_kept, reports.notes?.files], [2, 2, ['notes.json']]);
});

test('keys in any order, more of them, and some that are missing: the columns are those of all objects', async () => {
  const { rows } = await stage(
    notes(
      '[{"text":"a","other":{"deep":[1]},"id":"C1"}, {"date":"2024-02-01","id":"C2","more":null}, {"id":"C3","text":null}]',
    ),
  );
  assert.equal(rows.notes, [
    { id: 'C1', day: null, text: 'a' },
    { id: 'C2', day: '2024-02-01', text: null },
    { id: 'C3', day: null, text: null },
  ]);
});

test('values of any kind are read as text', async () => {
  const written =
    '[{"id":7,"date":"2024-02-01T10:00:00","text":true},{"id":"C2","date":null,"text":{"a":1}},{"id":"C3","date":null,"text":12.5}]';
  const { rows } = await stage(notes(written));
  assert.equal(
    rows.notes?.map(({ id }) => id),
    ['7', 'C2', 'C3'],
  );
  assert.is(rows.notes?.[0]?.day, '2024-02-01');
  assert.equal(
    rows.notes?.map(({ text }) => text),
    ['true', '{"a":1}', '12.5'],
  );
});

test('text of any language, with quotes, line ends and escapes', async () => {
  const texts = ['¿Cuándo renuevo?', 'line\nend', 'a "quote", a \\ and a \t tab', '日本 🙂', '\u00e9'];
  const content = JSON.stringify(texts.map((text, i) => ({ id: `C${i}`, date: null, text })));
  assert.equal(textsOf(await stage(notes(content))), texts);
  assert.equal(textsOf(await stage(notes(content.replace('\u00e9', '\\u00e9')))), texts);
});

test('a byte order mark, white space and empty texts', async () => {
  const content = '\n [ {"id": " C1 ", "date": "", "text": "   "} ]\n\n';
  assert.equal((await stage(notes(content))).rows.notes, [{ id: 'C1', day: null, text: null }]);
});

test('an unreadable date is null and counted; a row without key goes and is counted', async () => {
  const content =
    '[{"id":"C1","date":"soon","text":"a"},{"id":null,"date":"2024-02-01","text":"b"},{"date":"2024-02-01","text":"c"}]';
  const { rows, reports } = await stage(notes(content));
  assert.equal(rows.notes, [{ id: 'C1', day: null, text: 'a' }]);
  const check = (column: string, name: string) =>
    reports.notes?.checks.find((one) => one.column === column && one.check === name);
  assert.equal(check('day', 'type')?.example, { value: 'soon', row: 1 });
  assert.equal([check('day', 'type')?.count, check('id', 'null')?.count], [1, 2]);
  assert.equal([reports.notes?.rows_read, reports.notes?.rows_kept], [3, 1]);
});

test('many objects keep their order', async () => {
  const many = Array.from({ length: 30_000 }, (_, i) => ({
    id: `C${i % 100}`,
    date: '2024-02-01',
    text: `${i}`.repeat(20),
  }));
  assert.equal(
    textsOf(await stage(notes(JSON.stringify(many)))),
    many.map(({ text }) => text),
  );
});

const REFUSED: [name: string, content: string | Uint8Array, code: string, line: RegExp][] = [
  [
    'an object',
    '{"id": "C1"}',
    'json_unreadable',
    /first character is '\{'\.\): notes\.json: deliver it as \[\{\.\.\.\}, \.\.\.\]$/,
  ],
  [
    'an object a line',
    '{"id": "C1"}\n{"id": "C2"}\n',
    'json_unreadable',
    /^not a JSON array of objects \(.*\): notes\.json: /,
  ],
  [
    'strings',
    '["C1", "C2"]',
    'json_unreadable',
    /^not a JSON array of objects \(items that are none: 2 of 2\): notes\.json: /,
  ],
  ['numbers', '[1]', 'json_unreadable', /\(items that are none: 1 of 1\): notes\.json: /],
  [
    'nulls',
    '[null, {"id": "C1", "date": null, "text": "x"}]',
    'json_unreadable',
    /\(items that are none: 1 of 2\): notes\.json: /,
  ],
  ['arrays', '[[{"id": "C1"}]]', 'json_unreadable', /\(items that are none: 1 of 1\): notes\.json: /],
  ['empty objects', '[{}, {}]', 'json_unreadable', /\(its objects are empty\): notes\.json: /],
  ['an empty array', '[]', 'source_empty', /^no rows, an empty array: notes\.json: deliver it with its rows$/],
  ['half an array', '[{"id": "C1", "date"', 'json_unreadable', /\(Malformed JSON.*\): notes\.json: deliver it as/],
  [
    'an array and more',
    '[{"id": "C1", "date": null, "text": null}] x',
    'json_unreadable',
    /\(Malformed JSON.*\): notes\.json: /,
  ],
  [
    'text that is not UTF-8',
    Buffer.from('[{"id": "\xe1"}]', 'latin1'),
    'json_unreadable',
    /invalid UTF-8.*: notes\.json: /,
  ],
  ['zeros', '\0\0\0', 'json_unreadable', /^not a JSON array of objects \(.*\): notes\.json: /],
  ['nothing', '', 'file_empty', /^the file is empty \(0 bytes\): notes\.json: deliver it again$/],
  [
    'a key in another case',
    '[{"ID": "C1", "date": null, "text": null}]',
    'column_missing',
    /^column "id" is missing: notes\.json: if it is now "ID", set columns\.sources\.notes\.columns\.id\.from$/,
  ],
];

for (const [name, content, code, line] of REFUSED) {
  test(`refused: ${name}`, async () => {
    const found = await refusal(notes(content));
    assert.match(found.line, line);
    assert.is(found.code, code);
  });
}

test('several files at once fit into little memory; an object that is far too large is refused', async () => {
  const parts = Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [`notes.${i}.json`, `[{"id":"C${i}","date":null,"text":"${i}"}]`]),
  );
  const { rows } = await stage(parts, { memoryLimitMb: 200 });
  assert.is(rows.notes?.length, 2 + 6);
  const { code, line } = await refusal(notes(JSON.stringify([{ id: 'C1', date: null, text: 'x'.repeat(40e6) }])), {
    memoryLimitMb: 1024,
  });
  assert.is(code, 'json_unreadable');
  assert.match(line, /^not a JSON array of objects \(.*maximum_object_size.*\): notes\.json: /);
});

test('two JSON files are read one after the other; JSON and CSV of one name are not mixed', async () => {
  const files = {
    'notes.json': '[{"id":"C1","date":null,"text":"a"}]',
    'notes.more.json': '[{"text":"b","id":"C2","date":null}]',
  };
  assert.equal(textsOf(await stage(files)), ['a', 'b']);
  const mixed = await refusal({ 'notes.csv': 'id,date,text\nC1,,x\n' }, { sources: SPECS });
  assert.is(mixed.code, 'file_format');
  assert.match(mixed.line, /^files of several formats: notes\.csv, notes\.json: /);
});

test.run();
