import * as assert from 'uvu/assert';

/** Fails unless the text is one well-formed element: tags closed in order, attributes quoted, every `<` and `&` escaped. */
export function assertWellFormed(text: string, name: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
  let at = 0;
  let roots = 0;
  while (at < text.length) {
    if (text[at] !== '<') {
      const end = text.indexOf('<', at);
      const content = text.slice(at, end < 0 ? text.length : end);
      assert.ok(open.length > 0 || content.trim() === '', `${name}: text outside the root: ${content.slice(0, 40)}`);
      assertEscaped(content, name);
      at += content.length;
      continue;
    }
    tag.lastIndex = at;
    const match = tag.exec(text);
    if (!match) throw new Error(`${name}: no tag at ${text.slice(at, at + 60)}`);
    const [whole, closing, element, attributes, selfClosing] = match as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    assertEscaped(attributes, name);
    if (closing) assert.is(open.pop(), element, `${name}: closes what is open`);
    else {
      if (open.length === 0) roots++;
      if (!selfClosing) open.push(element);
    }
    at += whole.length;
  }
  assert.equal(open, [], `${name}: all closed`);
  assert.is(roots, 1, `${name}: one root`);
}

function assertEscaped(text: string, name: string): void {
  assert.not.match(text, /&(?!(amp|lt|gt|quot|#\d+|#x[0-9a-f]+);)/i, `${name}: & is escaped`);
}
