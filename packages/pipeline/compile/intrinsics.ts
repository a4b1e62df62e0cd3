/** A path into the state machine's data, as `$.settings.run_id` or `$$.State.EnteredTime`. */
export type Path = `$${string}`;

/** Text with values of the run in it: strings are text, paths are filled in. */
export type Template = readonly (string | { path: Path })[];

/** A field of a state's `Parameters`: its value, or, where a path or a function fills it in, its expression under `name.$`. */
export function field(name: string, template: Template): Record<string, string> {
  const text = constantOf(template);
  return text === undefined ? { [`${name}.$`]: expression(template) } : { [name]: text };
}

/** A field with a list of texts; all in one expression, since a list takes no expression inside. */
export function listField(name: string, templates: readonly Template[]): Record<string, unknown> {
  const texts = templates.map(constantOf);
  if (texts.every((text) => text !== undefined)) return { [name]: texts };
  return { [`${name}.$`]: `States.Array(${templates.map(argument).join(', ')})` };
}

/** The path itself, text, or `States.Format`. */
export function expression(template: Template): string {
  const [only] = template;
  if (template.length === 1 && typeof only === 'object') return only.path;
  const shape = template.map((part) => (typeof part === 'string' ? escapeText(part) : '{}')).join('');
  const paths = template.flatMap((part) => (typeof part === 'string' ? [] : [part.path]));
  return paths.length === 0 ? `'${shape}'` : `States.Format(${[`'${shape}'`, ...paths].join(', ')})`;
}

function argument(template: Template): string {
  const text = constantOf(template);
  return text === undefined ? expression(template) : `'${escapeText(text)}'`;
}

function constantOf(template: Template): string | undefined {
  return template.every((part) => typeof part === 'string') ? template.join('') : undefined;
}

const escapeText = (text: string) => text.replace(/[\\'{}]/g, (character) => `\\${character}`);
