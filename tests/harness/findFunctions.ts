/** A function: its name (or what stands where it has none), its first line, and how many lines it takes. */
export type Found = { name: string; line: number; lines_count: number };

const NO_METHOD = /^(if|for|while|switch|catch|function|return|with|do|else|typeof|await)$/;

/** The functions of masked TypeScript (see maskSource): declarations, methods, and arrow functions with a body in braces. */
export function findTsFunctions(code: string): Found[] {
  const found: Found[] = [];
  for (const match of code.matchAll(/\bfunction\b\s*\*?\s*([\w$]*)|^[ \t]*(?:[a-z]+\s+)*\*?([\w$#]+)\s*(?=[(<])/gm)) {
    const name = match[1] ?? match[2] ?? '';
    if (match[2] !== undefined && NO_METHOD.test(name)) continue;
    const start = match.index + (match[0].length - match[0].trimStart().length);
    const open = bodyAfterSignature(code, match.index + match[0].length);
    if (open !== null) found.push(measure(code, name || 'function', start, open));
  }
  for (const match of code.matchAll(/=>\s*\{/g)) {
    found.push(measure(code, 'arrow function', match.index, match.index + match[0].length - 1));
  }
  return found;
}

/** The functions of masked Rust. */
export function findRsFunctions(code: string): Found[] {
  const found: Found[] = [];
  for (const match of code.matchAll(/\bfn\s+(\w+)/g)) {
    const rest = code.slice(match.index);
    const end = /[{;]/.exec(rest.replace(/\[[^\]]*\]/g, (array) => ' '.repeat(array.length)));
    if (end?.[0] === '{') found.push(measure(code, match[1] ?? '', match.index, match.index + end.index));
  }
  return found;
}

function measure(code: string, name: string, start: number, open: number): Found {
  const end = closeOf(code, open);
  const lineOf = (at: number) => code.slice(0, at).split('\n').length;
  return { name, line: lineOf(start), lines_count: lineOf(end) - lineOf(start) + 1 };
}

/** Where the body's brace is, when `(...)`, an optional return type and `{` follow; null where this is a call or a type. */
function bodyAfterSignature(code: string, from: number): number | null {
  let at = skipBlanks(code, from);
  if (code.charAt(at) === '<') at = skipBlanks(code, closeOf(code, at) + 1);
  if (code.charAt(at) !== '(') return null;
  at = skipBlanks(code, closeOf(code, at) + 1);
  if (code.charAt(at) === '{') return at;
  return code.charAt(at) === ':' ? bodyAfterType(code, at + 1) : null;
}

/** A brace where a type is expected belongs to the type; one after a whole type opens the body. */
function bodyAfterType(code: string, from: number): number | null {
  let wanted = true;
  for (let at = skipBlanks(code, from); at < code.length; at = skipBlanks(code, at)) {
    const one = code.charAt(at);
    if (one === '{' && !wanted) return at;
    if (/[;,)}]/.test(one)) return null;
    if (/[{[(<]/.test(one)) {
      at = closeOf(code, at) + 1;
      wanted = false;
    } else if (/[|&]/.test(one) || code.startsWith('=>', at)) {
      at += one === '=' ? 2 : 1;
      wanted = true;
    } else {
      const word = /^[\w$."]+/.exec(code.slice(at))?.[0];
      wanted = word !== undefined && /^(is|keyof|typeof|readonly|extends|asserts|infer)$/.test(word);
      at += word?.length ?? 1;
    }
  }
  return null;
}

function skipBlanks(code: string, from: number): number {
  let at = from;
  while (at < code.length && /\s/.test(code.charAt(at))) at += 1;
  return at;
}

/** The place of the bracket that closes the one at `open`; `=>` closes no `<`. */
function closeOf(code: string, open: number): number {
  const [opening, closing] = { '{': '{}', '(': '()', '[': '[]', '<': '<>' }[code.charAt(open)] ?? '{}';
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    const one = code.charAt(at);
    if (one === opening) depth += 1;
    else if (one === closing && code.charAt(at - 1) !== '=') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
