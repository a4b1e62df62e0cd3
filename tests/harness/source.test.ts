import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findRsFunctions, findTsFunctions } from './findFunctions.ts';
import { maskSource } from './maskSource.ts';

const code = (source: string, language: 'ts' | 'rs' = 'ts') => maskSource(source, language).code;

for (const [what, language, source, hidden] of [
  ['a line comment', 'ts', 'a; // hide {\nb', ' // hide {'],
  ['a block comment', 'ts', 'a /* hide\n{ */ b', '/* hide'],
  ['a string', 'ts', "a = 'hi\\'de {'; b", "hi\\'de {"],
  ['a template with a template in it', 'ts', `a = \`x \${f(\`{hide\`)} }\`; b`, '{hide'],
  ['a template with braces in a placeholder', 'ts', `a = \`\${{ b: "}" }.b} hide {\`; c`, 'hide {'],
  ['a regular expression', 'ts', 'a = x.match(/["\'{/[\\]hide]/); b', 'hide'],
  ['a nested comment', 'rs', 'a /* x /* y */ hide { */ b', 'hide {'],
  ['a raw string', 'rs', 'a = r#"hide " {"#; b', 'hide " {'],
  ['a character', 'rs', "a = '{'; b = '\\''; c = '\"';", "'{'"],
] as const) {
  test(`hidden: ${what}`, () => {
    const masked = code(source, language);
    assert.is(masked.length, source.length);
    assert.not(masked.includes(hidden), masked);
    assert.not(masked.includes('{'), masked);
    assert.is(masked.split('\n').length, source.split('\n').length);
    assert.is(masked.at(-1), source.at(-1), 'what follows is code again');
  });
}

test('not hidden: a division, a lifetime', () => {
  assert.is(code('a = b / c / d;'), 'a = b / c / d;');
  assert.is(code("fn f<'a>(x: &'a str) {}", 'rs'), "fn f<'a>(x: &'a str) {}");
});

test('comments are kept with their lines', () => {
  const { comments } = maskSource('a;\n// one\n/* two\nthree */', 'ts');
  assert.equal(comments, [
    { line: 2, text: '// one' },
    { line: 3, text: '/* two' },
    { line: 4, text: 'three */' },
  ]);
});

const lengths = (source: string) =>
  Object.fromEntries(findTsFunctions(code(source)).map((f) => [f.name, f.lines_count]));

test('functions of TypeScript with their lengths', () => {
  assert.equal(lengths('function a() {\n  x;\n}'), { a: 3 });
  assert.equal(lengths('export async function a(\n  b: { c: string },\n): Promise<void> {\n  x;\n}'), { a: 5 });
  assert.equal(lengths('function a(): { b: number } {\n  return x;\n}'), { a: 3 });
  assert.equal(lengths('function a<T extends { b: 1 }>(x: T): x is T & { c: 2 } {\n\n}'), { a: 3 });
  assert.equal(lengths('function a(): (b: string) => void {\n\n\n}'), { a: 4 });
  assert.equal(lengths('class A {\n  override b(c = 1): string | null {\n\n  }\n}'), { b: 3 });
  assert.equal(lengths('const a = {\n  async b(c) {\n    x;\n  },\n};'), { b: 3 });
  assert.equal(lengths('const a = (b: string): void => {\n  x;\n\n};'), { 'arrow function': 4 });
  assert.equal(lengths('if (a) {\n}\nfor (const b of c) {\n}\ncall(a);\nconst d = call(e) ? {\n} : 1;'), {});
});

test('functions of Rust with their lengths', () => {
  const source =
    "trait T { fn no(&self); }\nfn a<'x, const N: usize>(b: [u8; 4]) -> [u8; 2]\nwhere\n  T: U,\n{\n  x\n}\n";
  assert.equal(
    findRsFunctions(code(source, 'rs')).map(({ name, line, lines_count }) => [name, line, lines_count]),
    [['a', 2, 6]],
  );
});

test.run();
