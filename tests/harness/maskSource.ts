/** Source text with the same lines and columns, in which comments and the insides of strings are blanks. */
export type Masked = { code: string; comments: { line: number; text: string }[] };

type Language = 'ts' | 'rs';
type Span = { end: number; kind: 'code' | 'comment' | 'string' };

/**
 * Masks TypeScript or Rust well enough for rules over code: nested comments and raw strings of Rust, templates and
 * regular expressions of TypeScript. What stands in `${}` of a template is masked with it.
 */
export function maskSource(source: string, language: Language): Masked {
  const comments: Masked['comments'] = [];
  let code = '';
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const { end, kind } = nextSpan(source, at, language, code);
    const text = source.slice(at, end);
    if (kind === 'comment') {
      for (const [index, part] of text.split('\n').entries()) comments.push({ line: line + index, text: part });
    }
    code += kind === 'code' ? text : blank(text, kind);
    line += text.split('\n').length - 1;
    at = end;
  }
  return { code, comments };
}

function blank(text: string, kind: Span['kind']): string {
  const blanks = text.replace(/[^\n]/g, ' ');
  // A string stays a value: quotes at both ends keep `return ''` apart from `return`.
  return kind === 'string' && text.length >= 2 ? `"${blanks.slice(1, -1)}"` : blanks;
}

function nextSpan(source: string, at: number, language: Language, before: string): Span {
  const two = source.slice(at, at + 2);
  if (two === '//') return { end: endOf(source, /\n|$/g, at, 0), kind: 'comment' };
  if (two === '/*') return { end: endOfBlock(source, at, language === 'rs'), kind: 'comment' };
  const one = two.charAt(0);
  if (one === '"') return { end: endOfQuoted(source, at), kind: 'string' };
  return language === 'ts' ? nextOfTypeScript(source, at, before) : nextOfRust(source, at, before);
}

function nextOfTypeScript(source: string, at: number, before: string): Span {
  const one = source.charAt(at);
  if (one === "'") return { end: endOfQuoted(source, at), kind: 'string' };
  if (one === '`') return { end: endOfTemplate(source, at), kind: 'string' };
  if (one === '/' && startsExpression(before)) return { end: endOfRegExp(source, at), kind: 'string' };
  return { end: at + 1, kind: 'code' };
}

function nextOfRust(source: string, at: number, before: string): Span {
  const rest = source.slice(at, at + 40);
  const raw = /^b?r(#*)"/.exec(rest);
  if (raw && !/\w$/.test(before)) {
    const close = source.indexOf(`"${raw[1]}`, at + raw[0].length);
    return { end: close < 0 ? source.length : close + 1 + (raw[1] ?? '').length, kind: 'string' };
  }
  // 'a' and '\n' are characters, 'a without a second quote is a lifetime.
  const character = /^'(\\(u\{[0-9a-fA-F_]+\}|x[0-9a-fA-F]{2}|.)|[^\\'])'/u.exec(rest);
  return character ? { end: at + character[0].length, kind: 'string' } : { end: at + 1, kind: 'code' };
}

/** Whether a `/` here starts a regular expression, judged by what stands before it. */
function startsExpression(before: string): boolean {
  const last = before.trimEnd();
  return last === '' || /[(,=:[!&|?{};+*%<>~^-]$/.test(last) || /\b(return|typeof|case|in|of|await)$/.test(last);
}

function endOf(source: string, pattern: RegExp, from: number, extra: number): number {
  pattern.lastIndex = from;
  const found = pattern.exec(source);
  return found ? found.index + extra : source.length;
}

function endOfBlock(source: string, from: number, nested: boolean): number {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const two = source.slice(at, at + 2);
    if (two === '/*' && (nested || depth === 0)) depth += 1;
    else if (two === '*/') depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return source.length;
}

function endOfQuoted(source: string, from: number): number {
  const quote = source.charAt(from);
  for (let at = from + 1; at < source.length; at += 1) {
    const one = source.charAt(at);
    if (one === '\\') at += 1;
    else if (one === quote) return at + 1;
  }
  return source.length;
}

function endOfTemplate(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at += 1) {
    const one = source.charAt(at);
    if (one === '\\') at += 1;
    else if (one === '`') return at + 1;
    else if (one === '$' && source.charAt(at + 1) === '{') at = endOfPlaceholder(source, at + 2) - 1;
  }
  return source.length;
}

function endOfPlaceholder(source: string, from: number): number {
  let depth = 1;
  let before = '';
  for (let at = from; at < source.length; ) {
    const { end, kind } = nextSpan(source, at, 'ts', before);
    const text = source.slice(at, end);
    if (kind === 'code') depth += text === '{' ? 1 : text === '}' ? -1 : 0;
    before += kind === 'code' ? text : ' ';
    at = end;
    if (depth === 0) return at;
  }
  return source.length;
}

function endOfRegExp(source: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < source.length; at += 1) {
    const one = source.charAt(at);
    if (one === '\n') return at;
    if (one === '\\') at += 1;
    else if (one === '[') inClass = true;
    else if (one === ']') inClass = false;
    else if (one === '/' && !inClass) return at + 1;
  }
  return source.length;
}
