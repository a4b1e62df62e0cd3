import { type Content, html, type Markup, raw } from './html.ts';
import { STYLE } from './style.ts';

export type Tone = 'good' | 'bad' | 'warn';
export type Card = { name: string; value: string; more?: string; tone?: Tone };
export type Section = { title: string; body: Content };

export type Page = {
  title: string;
  subtitle?: Content;
  /** The key figures, first on the page. */
  cards?: readonly Card[];
  sections: readonly Section[];
  footer?: Content;
};

export type TableColumn = { header: string; numeric?: boolean };
export type TableCell = Content | { text: Content; tone: Tone };

/**
 * A whole page in one file: style and charts inline, no script, and a policy that lets the browser load nothing. All text is
 * escaped; ends in a line break.
 */
export function renderPage(page: Page): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<title>${page.title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<header><h1>${page.title}</h1>
${page.subtitle ? html`<p class="subtitle">${page.subtitle}</p>` : null}
${page.cards ? cards(page.cards) : null}</header>
${page.sections.map(renderSection)}
${page.footer ? html`<footer>${page.footer}</footer>` : null}
</main>
</body>
</html>`.text
  }\n`;
}

/** Key figures side by side. */
export function cards(items: readonly Card[]): Markup {
  const one = ({ name, value, more, tone }: Card) =>
    html`<div class="card${tone ? ` ${tone}` : ''}"><dt>${name}</dt><dd>${value}${more ? html`<p class="more">${more}</p>` : null}</dd></div>\n`;
  return html`<dl class="cards">${items.map(one)}</dl>`;
}

/** A table with its caption; the first cell of a row is the row's heading. Says so where there are no rows. */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
): Markup {
  if (rows.length === 0) return html`<p>${caption}: none.</p>`;
  const className = (index: number, tone?: Tone) => {
    const names = [columns[index]?.numeric ? 'number' : '', tone ?? ''].filter((name) => name !== '').join(' ');
    return names === '' ? null : html` class="${names}"`;
  };
  const heads = columns.map((column, index) => html`<th scope="col"${className(index)}>${column.header}</th>`);
  const lines = rows.map((row) => {
    const cells = row.map((given, index) => {
      const { text, tone } = toCell(given);
      if (index === 0) return html`<th scope="row"${className(index, tone)}>${text}</th>`;
      return html`<td${className(index, tone)}>${text}</td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody></table></div>\n`;
}

/** Charts side by side, each the SVG of one of this package's charts. */
export function figures(items: readonly { svg: string; caption?: Content }[]): Markup {
  const one = ({ svg, caption }: { svg: string; caption?: Content }) =>
    html`<figure>${raw(svg)}${caption ? html`<figcaption>${caption}</figcaption>` : null}</figure>\n`;
  return items.length === 0 ? raw('') : html`<div class="figures">${items.map(one)}</div>\n`;
}

/** A sentence that must not be overlooked. */
export function note(text: Content, tone?: Tone): Markup {
  return html`<p class="note${tone ? ` ${tone}` : ''}">${text}</p>\n`;
}

/** More for those who want it, closed at first. */
export function details(summary: string, body: Content): Markup {
  return html`<details><summary>${summary}</summary>${body}</details>\n`;
}

function renderSection({ title, body }: Section): Markup {
  return html`<section><h2>${title}</h2>
${body}</section>\n`;
}

function toCell(cell: TableCell): { text: Content; tone?: Tone } {
  if (typeof cell === 'object' && cell !== null && 'tone' in cell) return cell;
  return { text: cell as Content };
}
