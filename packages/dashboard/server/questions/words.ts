import type { Reason } from '../../api.ts';

/** Why a customer gets no offer, for a reader. A code that is not here is its own words. */
const GUARDRAILS: Readonly<Record<string, { en: string; es: string }>> = {
  missing_margin: { en: 'the margin is not known', es: 'no se conoce el margen' },
  negative_margin: { en: 'the offer would make the margin negative', es: 'la oferta dejaría el margen en negativo' },
  no_consent: { en: 'no consent to be contacted', es: 'no ha dado consentimiento para el contacto' },
  cool_off: { en: 'contacted too short a time ago', es: 'se le contactó hace demasiado poco' },
  already_offered: { en: 'has an offer already', es: 'ya tiene una oferta' },
  low_tier: { en: 'low risk: nothing to do', es: 'riesgo bajo: no hay nada que hacer' },
  not_worth_it: { en: 'the offer costs more than it brings', es: 'la oferta cuesta más de lo que aporta' },
  budget_cap: { en: 'the budget is spent on greater value', es: 'el presupuesto se dedica a clientes de más valor' },
};

export function guardrailWords(code: string): Reason {
  const words = GUARDRAILS[code];
  const plain = code.replaceAll('_', ' ');
  return { code, en: words?.en ?? plain, es: words?.es ?? plain };
}

/** Codes and texts side by side, as scores and recommendations have them. */
export function reasonsOf(row: Readonly<Record<string, unknown>>): Reason[] {
  const list = (name: string): unknown[] => (Array.isArray(row[name]) ? row[name] : []);
  const [en, es] = [list('reason_texts'), list('reason_texts_es')];
  return list('reason_codes').map((code, i) => ({
    code: String(code),
    en: String(en[i] ?? code),
    es: String(es[i] ?? en[i] ?? code),
  }));
}
