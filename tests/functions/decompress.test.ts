import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decompress } from '../../packages/functions/index.ts';
import { python, testWithPython } from '../python.ts';
import { type Deliveries, endOf, type Input, RAW, startCall, startDeliveries } from './deliveries.ts';
import { failureOf, invocation } from './invocation.ts';

let cloud: Deliveries;

test.before(async () => {
  if (python()) cloud = await startDeliveries();
});

test.after(() => cloud?.stop());

const call = (input: object) => decompress(input, invocation());

/** The call fails with an error of that name, one line that names the file, and leaves nothing behind. */
async function refused(name: string, error: string, pattern: RegExp, input: Input) {
  const failure = await failureOf(call(input));
  assert.is(failure.name, error, `${name}: ${failure.message}`);
  assert.match(failure.message, pattern);
  assert.not.match(failure.message, /\n/);
  assert.is(failure.stack, `${error}: ${failure.message}`);
  assert.equal(await cloud.keysBelow(input.destination), [], name);
  assert.is(await cloud.openUploads(), 0, name);
}

const clie = () => cloud.read('clie.csv');

testWithPython('a plain file, a gzip and a gzip of two parts', async () => {
  for (const name of ['clie.csv', 'CLIE_20261121.csv.gz', 'clie_two_parts.csv.gz']) {
    const input = await cloud.deliver(name, { bytes: cloud.facts[name]?.bytes });
    const { written } = await call(input);
    const key = `${input.destination}/clie/${name}/${name.replace(/\.gz$/, '')}`;
    assert.equal(written, [{ key, bytes: clie().length, rows_count: 300 }]);
    assert.ok((await cloud.contentOf(key)).equals(clie()), name);
  }
});

testWithPython('zip, stored, zip64, tar and tar.gz: every data file in the folder of its data set', async () => {
  for (const name of ['entrega.zip', 'entrega.tar', 'entrega.tar.gz']) {
    const rows = cloud.facts[name]?.files ?? {};
    const files = Object.fromEntries(Object.entries(rows).map(([file, rows_count]) => [file, { rows_count }]));
    const input = await cloud.deliver(name, { files });
    const { written } = await call(input);
    const at = (dataset: string, file: string) => `${input.destination}/${dataset}/${name}/${file}`;
    assert.equal(
      written.map(({ key, rows_count }) => [key, rows_count]),
      [
        [at('clie', 'clie.csv'), 300],
        [at('hfac', 'hfac.tsv'), 900],
        [at('pola', 'sub/pola.csv'), 70],
      ],
    );
    assert.ok((await cloud.contentOf(at('clie', 'clie.csv'))).equals(clie()), name);
    assert.equal(
      await cloud.keysBelow(input.destination),
      written.map(({ key }) => key),
      'the read-me is passed over',
    );
  }
  for (const [name, members] of [
    ['stored_hfac.zip', 1],
    ['zip64_clie.zip', 2],
    ['pola.tgz', 1],
    ['clie_marked.csv', 1],
  ] as const)
    assert.is((await call(await cloud.deliver(name))).written.length, members, name);
});

testWithPython('rows of Parquet come from its footer, in archives too', async () => {
  const { written } = await call(await cloud.deliver('hfac.parquet'));
  assert.equal([written[0]?.rows_count, written[0]?.bytes], [2500, cloud.facts['hfac.parquet']?.bytes]);
  const { written: both } = await call(await cloud.deliver('hfac_columns.zip'));
  assert.equal(
    both.map(({ rows_count }) => rows_count),
    [2500, 2500],
  );
});

testWithPython('twice is once: the same objects, the same answer', async () => {
  const input = await cloud.deliver('entrega.zip');
  const first = await call(input);
  const before = await Promise.all(first.written.map(({ key }) => cloud.contentOf(key)));
  assert.equal(await call(input), first);
  assert.equal(await call({ ...input, destination: `${input.destination}/` }), first);
  const after = await Promise.all(first.written.map(({ key }) => cloud.contentOf(key)));
  assert.ok(before.every((content, index) => content.equals(after[index] as Buffer)));
  assert.equal(
    await cloud.keysBelow(input.destination),
    first.written.map(({ key }) => key),
  );
});

testWithPython('files of an earlier delivery are never left beside the new ones', async () => {
  const input = await cloud.deliver('entrega.zip');
  const old = `${input.destination}/pola/entrega.zip/pola_old.csv`;
  await cloud.put(old, 'id\n1\n');
  const failure = await failureOf(call(input));
  assert.match(failure.message, /earlier delivery.*pola_old\.csv/);
  assert.equal(await cloud.keysBelow(input.destination), [old]);
  assert.is(await cloud.openUploads(), 0);
});

testWithPython('a file that does not agree with its checks leaves nothing', async () => {
  const sha256 = 'a'.repeat(64);
  const cases: [string, object, RegExp][] = [
    ['clie.csv', { sha256 }, /SHA-256 [0-9a-f]{64}, its checks say a{64}.*clie\.csv/],
    ['entrega.zip', { sha256 }, /SHA-256/],
    ['clie.csv', { bytes: 5 }, /bytes, its checks say 5/],
    ['clie.csv', { rows_count: 301 }, /has 300 rows, its checks say 301/],
    ['clie.csv', { rows_count: 0 }, /has 300 rows/],
    ['hfac.parquet', { rows_count: 2499 }, /has 2500 rows/],
    ['entrega.zip', { rows_count: 1271 }, /has 1270 rows/],
    [
      'zip64_clie.zip',
      { files: { 'a.csv': { rows_count: 299 }, 'b.csv': { rows_count: 301 } } },
      /"a\.csv" has 300 rows/,
    ],
    ['zip64_clie.zip', { files: { 'a.csv': { rows_count: 300 } } }, /nothing of "b\.csv"/],
    ['clie.csv', { files: { 'clie.csv': { rows_count: 300 }, 'pola.csv': { rows_count: 0 } } }, /no "pola\.csv"/],
    ['clie.csv', { files: { toString: { rows_count: 300 } } }, /no "toString"/],
    ['open_clie.csv', {}, /never closed/],
    ['wide_clie.csv', {}, /no text/],
    ['not_clie.csv', {}, /no text/],
    ['hidden_nested_clie.zip', {}, /no text/],
    ['cut_hfac.parquet', {}, /no whole Parquet/],
    ['not_hfac.parquet', {}, /no Parquet/],
    ['empty_clie.csv', {}, /empty/],
    ['empty_member_clie.zip', {}, /empty/],
  ];
  for (const [name, checks, pattern] of cases)
    await refused(name, 'ChecksFailed', pattern, await cloud.deliver(name, checks));
});

testWithPython('checks that cannot be used are no checks', async () => {
  const { sha256 = '' } = cloud.facts['clie.csv'] ?? {};
  const contents: [string, RegExp][] = [
    ['', /no JSON/],
    ['{', /no JSON/],
    ['null', /cannot be used/],
    ['[]', /cannot be used/],
    ['{}', /sha256/],
    [JSON.stringify({ sha256 }), /rows_count/],
    [JSON.stringify({ sha256: sha256.slice(1), rows_count: 300 }), /sha256: 64 hexadecimal/],
    [JSON.stringify({ sha256, rows_count: -1 }), /rows_count/],
    [JSON.stringify({ sha256, rows_count: 300.5 }), /rows_count/],
    [JSON.stringify({ sha256, rows_count: '300' }), /rows_count/],
    [JSON.stringify({ sha256, rows_count: 300, row_count: 300 }), /row_count/],
    [JSON.stringify({ sha256, rows_count: 300, files: { 'clie.csv': 300 } }), /files\.clie\.csv/],
  ];
  for (const [content, pattern] of contents) {
    const input = await cloud.deliver('clie.csv');
    await cloud.put(input.checks_key, content);
    await refused(content, 'ChecksFailed', pattern, input);
  }
  const input = await cloud.deliver('clie.csv');
  const absent = { ...input, checks_key: `${RAW}/absent.checks.json` };
  await refused('absent', 'ChecksFailed', /no checks file.*absent\.checks\.json/, absent);
  const upper = await cloud.deliver('clie.csv', { sha256: sha256.toUpperCase() });
  assert.is((await call(upper)).written.length, 1);
});

testWithPython('names that leave their folder, links, doubles, nested and locked archives', async () => {
  const cases: [string, RegExp][] = [
    ['up_clie.zip', /\.\.\/clie\.csv|relative path/],
    ['deep_clie.zip', /\.\.\/clie\.csv|relative path/],
    ['root_clie.zip', /absolute/],
    ['back_clie.zip', /back slash|invalid characters/],
    ['drive_clie.zip', /absolute/],
    ['link_clie.zip', /link/],
    ['twice_clie.zip', /twice/],
    ['nested_clie.zip', /packed itself/],
    ['locked_clie.zip', /encrypted/],
    ['up_clie.tar', /leaves the folder/],
    ['root_clie.tar.gz', /absolute/],
    ['link_clie.tar', /symlink/],
    ['hard_clie.tar', /is a link/],
    ['device_clie.tar', /character-device/],
    ['twice_clie.tar', /twice/],
  ];
  for (const [name, pattern] of cases) await refused(name, 'InputError', pattern, await cloud.deliver(name));
});

testWithPython('archives that are cut off, damaged or none', async () => {
  const names = [
    'cut_clie.zip',
    'cut_clie.csv.gz',
    'cut_clie.tar',
    'cut_clie.tar.gz',
    'damaged_clie.zip',
    'lying_clie.zip',
  ];
  for (const name of [
    ...names,
    'not_clie.zip',
    'not_clie.csv.gz',
    'no_member_clie.zip',
    'nothing_clie.zip',
    'clie.rar',
  ])
    await refused(name, 'InputError', new RegExp(name.replaceAll('.', '\\.')), await cloud.deliver(name));
});

testWithPython('bombs: too much for their size, too much at all, too many', async () => {
  for (const name of ['bomb_clie.csv.gz', 'bomb_clie.zip', 'bomb_clie.tar.gz'])
    await refused(name, 'InputError', /over 200 times its size/, await cloud.deliver(name));
  await refused('many_clie.zip', 'InputError', /over 1000 members/, await cloud.deliver('many_clie.zip'));
  const many = await endOf(startCall(await cloud.deliver('entrega.tar'), { PILOTLIGHT_UNPACK_MEMBERS_MAX: '3' }));
  assert.match(many.said, /over 3 members/);
  const large = await endOf(startCall(await cloud.deliver('entrega.tar.gz'), { PILOTLIGHT_UNPACK_BYTES_MAX: '20000' }));
  assert.match(large.said, /over 20000 bytes/);
  const wrong = await endOf(startCall({}, { PILOTLIGHT_UNPACK_BYTES_MAX: 'lots' }));
  assert.match(wrong.said, /PILOTLIGHT_UNPACK_BYTES_MAX is wrong/);
});

testWithPython('the data set is told by the name, by one name only', async () => {
  await refused(
    'clientes.csv',
    'InputError',
    /tells no data set.*clientes\.csv.*clie_/,
    await cloud.deliver('clientes.csv'),
  );
  await refused('clie_pola.csv', 'InputError', /clie and pola/, await cloud.deliver('clie_pola.csv'));
});

testWithPython('other buckets, other inputs, and files that are not there', async () => {
  const input = await cloud.deliver('clie.csv');
  const wrong: [unknown, RegExp][] = [
    [{ ...input, bucket: 'other' }, /not the bucket of this stack/],
    [{ ...input, key: undefined }, /key/],
    [{ ...input, destination: '/tmp' }, /slash/],
    [{ ...input, extra: 1 }, /extra/],
    [null, /input/],
    [{ ...input, key: `${RAW}/gone.csv` }, /not there.*gone\.csv/],
  ];
  for (const [event, pattern] of wrong)
    assert.match((await failureOf(decompress(event, invocation()))).message, pattern);
});

test.run();
