/**
 * Why a customer may leave, in words for a call-centre agent.
 *
 * Features that say the same thing share a theme: their contributions add, and the one that contributes most gives code and texts.
 * `{value}` stands for the feature's value. Where no wording fits the value (it is missing, a flag is not set), the theme's own
 * words are used, so that no text says what is not so.
 */

export type Text = { code: string; en: string; es: string };
export type Theme = Text;

/** What must hold of the value. `missing`: null, or the fill that stands for it. */
export type Condition =
  | { is: number | string }
  | { above: number }
  | { below: number }
  | { atMost: number }
  | { present: true }
  | { missing: true };

export type Wording = Text & { when: Condition };

/** How `{value}` is written; numbers without their sign. */
export type Format = 'whole' | 'one_decimal' | 'two_decimals' | 'four_decimals' | 'percent' | 'label' | 'pair';

export type FeatureReason = { theme: ThemeName; format: Format; wordings: readonly Wording[] };

export const THEMES = {
  renewal: {
    code: 'RENEWAL_TIMING',
    en: 'where the contract stands in its term',
    es: 'momento en que se encuentra el contrato',
  },
  tenure: { code: 'TENURE', en: 'time as a customer', es: 'antigüedad como cliente' },
  segment: { code: 'CUSTOMER_SEGMENT', en: 'kind of customer', es: 'tipo de cliente' },
  channel: {
    code: 'SALES_CHANNEL',
    en: 'channel through which the customer came',
    es: 'canal por el que llegó el cliente',
  },
  competition: {
    code: 'COMPETITION',
    en: 'competition in the province',
    es: 'competencia en la provincia',
  },
  products: { code: 'PRODUCTS', en: 'products held with us', es: 'productos contratados con nosotros' },
  consumption: { code: 'CONSUMPTION', en: 'pattern of consumption', es: 'patrón de consumo' },
  price: { code: 'PRICE', en: 'price of the energy', es: 'precio de la energía' },
  cost: { code: 'PROVINCE_COST', en: 'energy costs in the province', es: 'costes de la energía en la provincia' },
  margin: { code: 'MARGIN', en: 'margin of the contract', es: 'margen del contrato' },
  contact: { code: 'CONTACT_HISTORY', en: 'history of contacts', es: 'historial de contactos' },
  topic: { code: 'CONTACT_TOPIC', en: 'subject of the last contact', es: 'motivo del último contacto' },
  tone: { code: 'CONTACT_TONE', en: 'tone of the last contact', es: 'tono del último contacto' },
  change: { code: 'PRODUCT_CHANGE', en: 'time since the last product change', es: 'tiempo desde el último cambio' },
} as const satisfies Record<string, Theme>;
export type ThemeName = keyof typeof THEMES;

/** For a customer whose risk nothing raises. */
export const NO_REASON: Text = {
  code: 'low_risk_monitoring',
  en: 'nothing raises the risk: routine monitoring',
  es: 'nada eleva el riesgo: seguimiento habitual',
};

const when = (condition: Condition, code: string, en: string, es: string): Wording => ({
  when: condition,
  code,
  en,
  es,
});
const always = (code: string, en: string, es: string): Wording => when({ present: true }, code, en, es);
const isSet = (code: string, en: string, es: string): Wording => when({ is: 1 }, code, en, es);
const of = (theme: ThemeName, format: Format, ...wordings: Wording[]): FeatureReason => ({ theme, format, wordings });
const flag = (theme: ThemeName, code: string, en: string, es: string) => of(theme, 'whole', isSet(code, en, es));

const CANCELLATION = [
  'CANCELLATION_REQUEST',
  'spoke of cancelling or switching in the last contact',
  'habló de darse de baja o cambiar de compañía en el último contacto',
] as const;
const COMPLAINT = ['COMPLAINT', 'complained in the last contact', 'se quejó en el último contacto'] as const;
const PRICE_QUESTION = [
  'PRICE_QUESTION',
  'asked about prices or offers in the last contact',
  'preguntó por precios u ofertas en el último contacto',
] as const;
const NEGATIVE = ['NEGATIVE_TONE', 'negative tone in the last contact', 'tono negativo en el último contacto'] as const;
const PRICE_ROSE = [
  'PRICE_RISE',
  'electricity price rose {value} % over the year',
  'el precio de la luz subió un {value} % en el año',
] as const;

const RENEWAL: Record<string, FeatureReason> = {
  months_to_renewal: of(
    'renewal',
    'one_decimal',
    when(
      { atMost: 0 },
      'CONTRACT_EXPIRED',
      'contract expired {value} months ago',
      'contrato vencido hace {value} meses',
    ),
    when({ atMost: 6 }, 'RENEWAL_SOON', 'contract renews in {value} months', 'el contrato se renueva en {value} meses'),
    always('RENEWAL_TIMING', 'contract renews in {value} months', 'el contrato se renueva en {value} meses'),
  ),
  renewal_bucket: of(
    'renewal',
    'label',
    when({ is: 'expired' }, 'CONTRACT_EXPIRED', 'contract has expired', 'contrato vencido'),
    when({ is: '0-3m' }, 'RENEWAL_SOON', 'contract renews within 3 months', 'el contrato se renueva antes de 3 meses'),
    when({ is: '3-6m' }, 'RENEWAL_SOON', 'contract renews in 3 to 6 months', 'el contrato se renueva en 3 a 6 meses'),
    when(
      { is: '6-12m' },
      'RENEWAL_TIMING',
      'contract renews in 6 to 12 months',
      'el contrato se renueva en 6 a 12 meses',
    ),
    when({ is: '12m+' }, 'RENEWAL_TIMING', 'contract renews in over a year', 'el contrato se renueva en más de un año'),
  ),
  is_within_3m_of_renewal: flag(
    'renewal',
    'RENEWAL_SOON',
    'contract renews within 3 months or has expired',
    'contrato vencido o que se renueva antes de 3 meses',
  ),
  is_expired_contract: flag('renewal', 'CONTRACT_EXPIRED', 'contract has expired', 'contrato vencido'),
  is_high_risk_lifecycle: flag(
    'renewal',
    'RENEWAL_SOON',
    'customer for less than a year whose contract renews soon or has expired',
    'cliente desde hace menos de un año con el contrato vencido o cerca de renovarse',
  ),
  is_competition_x_renewal: flag(
    'renewal',
    'RENEWAL_SOON',
    'contract about to renew in a province with strong competition',
    'contrato a punto de renovarse en una provincia con mucha competencia',
  ),
  dual_fuel_x_renewal: flag(
    'renewal',
    'RENEWAL_SOON',
    'electricity and gas contract about to renew',
    'contrato de luz y gas a punto de renovarse',
  ),
  has_interaction_x_renewal_bucket: of(
    'renewal',
    'pair',
    always(
      'RENEWAL_TIMING',
      'contact (0 none, 1 any) and renewal: {value}',
      'contacto (0 no, 1 sí) y renovación: {value}',
    ),
  ),
};

const CUSTOMER: Record<string, FeatureReason> = {
  tenure_months: of(
    'tenure',
    'whole',
    when({ atMost: 24 }, 'SHORT_TENURE', 'customer for {value} months', 'cliente desde hace {value} meses'),
    always('TENURE', 'customer for {value} months', 'cliente desde hace {value} meses'),
  ),
  tenure_bucket: of(
    'tenure',
    'label',
    when({ is: '0-6m' }, 'SHORT_TENURE', 'customer for up to 6 months', 'cliente desde hace 6 meses o menos'),
    when({ is: '6-12m' }, 'SHORT_TENURE', 'customer for 6 to 12 months', 'cliente desde hace 6 a 12 meses'),
    when({ is: '1-2y' }, 'SHORT_TENURE', 'customer for 1 to 2 years', 'cliente desde hace 1 a 2 años'),
    when({ is: '2-5y' }, 'TENURE', 'customer for 2 to 5 years', 'cliente desde hace 2 a 5 años'),
    when({ is: '5y+' }, 'TENURE', 'customer for over 5 years', 'cliente desde hace más de 5 años'),
  ),
  tenure_x_renewal_bucket: of(
    'tenure',
    'pair',
    always('TENURE', 'time as a customer and renewal: {value}', 'antigüedad y renovación: {value}'),
  ),
  segment: of('segment', 'label', always('CUSTOMER_SEGMENT', 'segment: {value}', 'segmento: {value}')),
  portfolio_type: of('segment', 'label', always('CUSTOMER_SEGMENT', 'portfolio: {value}', 'cartera: {value}')),
  is_second_residence: flag('segment', 'SECOND_RESIDENCE', 'second residence', 'segunda residencia'),
  sales_channel: of(
    'channel',
    'label',
    when(
      { is: 'Comparison Website' },
      'COMPARISON_WEBSITE',
      'came through a comparison website',
      'llegó por un comparador',
    ),
    always('SALES_CHANNEL', 'came through: {value}', 'llegó por: {value}'),
  ),
  is_comparison_channel: flag(
    'channel',
    'COMPARISON_WEBSITE',
    'came through a comparison website',
    'llegó por un comparador',
  ),
  is_own_website_channel: flag('channel', 'SALES_CHANNEL', 'came through our website', 'llegó por nuestra web'),
  is_digital_channel: flag('channel', 'SALES_CHANNEL', 'came through a website', 'llegó por internet'),
  sales_channel_x_renewal_bucket: of(
    'channel',
    'pair',
    always('SALES_CHANNEL', 'sales channel and renewal: {value}', 'canal de venta y renovación: {value}'),
  ),
  is_high_competition_province: flag(
    'competition',
    'HIGH_COMPETITION',
    'province with strong competition',
    'provincia con mucha competencia',
  ),
  dual_fuel_x_competition: flag(
    'competition',
    'HIGH_COMPETITION',
    'electricity and gas in a province with strong competition',
    'luz y gas en una provincia con mucha competencia',
  ),
  is_dual_fuel: of(
    'products',
    'whole',
    when({ is: 0 }, 'SINGLE_FUEL', 'does not have both electricity and gas with us', 'no tiene luz y gas con nosotros'),
    isSet('DUAL_FUEL', 'has electricity and gas with us', 'tiene luz y gas con nosotros'),
  ),
  gas_share_of_revenue: of(
    'products',
    'percent',
    when({ below: 0 }, 'PRODUCTS', 'revenue from gas is negative', 'los ingresos por gas son negativos'),
    always('PRODUCTS', 'gas is {value} % of the revenue', 'el gas es el {value} % de los ingresos'),
  ),
  months_since_last_change: of(
    'change',
    'one_decimal',
    when({ missing: true }, 'NO_PRODUCT_CHANGE', 'has never changed product', 'nunca ha cambiado de producto'),
    always('PRODUCT_CHANGE', 'changed product {value} months ago', 'cambió de producto hace {value} meses'),
  ),
};

const ENERGY: Record<string, FeatureReason> = {
  avg_monthly_elec_kwh: of(
    'consumption',
    'whole',
    always('CONSUMPTION', 'uses {value} kWh of electricity a month', 'consume {value} kWh de luz al mes'),
  ),
  total_elec_kwh_2024: of(
    'consumption',
    'whole',
    always('CONSUMPTION', 'used {value} kWh of electricity over the year', 'consumió {value} kWh de luz en el año'),
  ),
  avg_monthly_gas_m3: of(
    'consumption',
    'whole',
    always('CONSUMPTION', 'uses {value} m3 of gas a month', 'consume {value} m3 de gas al mes'),
  ),
  total_gas_m3_2024: of(
    'consumption',
    'whole',
    always('CONSUMPTION', 'used {value} m3 of gas over the year', 'consumió {value} m3 de gas en el año'),
  ),
  std_monthly_elec_kwh: of(
    'consumption',
    'whole',
    always(
      'UNEVEN_CONSUMPTION',
      'electricity use varies by {value} kWh from month to month',
      'el consumo de luz varía {value} kWh de un mes a otro',
    ),
  ),
  std_monthly_gas_m3: of(
    'consumption',
    'whole',
    always(
      'UNEVEN_CONSUMPTION',
      'gas use varies by {value} m3 from month to month',
      'el consumo de gas varía {value} m3 de un mes a otro',
    ),
  ),
  active_months_count: of(
    'consumption',
    'whole',
    always('CONSUMPTION', '{value} months of consumption in the year', '{value} meses de consumo en el año'),
  ),
  price_update_count: of(
    'price',
    'whole',
    when({ above: 0 }, 'PRICE_CHANGES', 'price changes in the year: {value}', 'cambios de precio en el año: {value}'),
    always('PRICE', 'no price change in the year', 'sin cambios de precio en el año'),
  ),
  elec_price_volatility_12m: of(
    'price',
    'four_decimals',
    when(
      { above: 0 },
      'PRICE_CHANGES',
      'electricity price varied by {value} EUR/kWh over the year',
      'el precio de la luz varió {value} EUR/kWh en el año',
    ),
    always('PRICE', 'electricity price did not vary', 'el precio de la luz no varió'),
  ),
  elec_price_trend_12m: of(
    'price',
    'percent',
    when({ above: 0 }, ...PRICE_ROSE),
    when(
      { below: 0 },
      'PRICE_FALL',
      'electricity price fell {value} % over the year',
      'el precio de la luz bajó un {value} % en el año',
    ),
    always('PRICE', 'electricity price did not change', 'el precio de la luz no cambió'),
  ),
  gas_price_trend_12m: of(
    'price',
    'percent',
    when(
      { above: 0 },
      'PRICE_RISE',
      'gas price rose {value} % over the year',
      'el precio del gas subió un {value} % en el año',
    ),
    when(
      { below: 0 },
      'PRICE_FALL',
      'gas price fell {value} % over the year',
      'el precio del gas bajó un {value} % en el año',
    ),
    always('PRICE', 'gas price did not change', 'el precio del gas no cambió'),
  ),
  is_price_increase: flag(
    'price',
    'PRICE_RISE',
    'electricity price rose over the year',
    'el precio de la luz subió en el año',
  ),
  elec_price_vs_province_cost_spread: of(
    'price',
    'four_decimals',
    when(
      { above: 0 },
      'PRICE_ABOVE_COST',
      'electricity price is {value} EUR/kWh above the cost in the province',
      'el precio de la luz supera en {value} EUR/kWh el coste de la provincia',
    ),
    always(
      'PRICE',
      'electricity price is {value} EUR/kWh below the cost in the province',
      'el precio de la luz está {value} EUR/kWh por debajo del coste de la provincia',
    ),
  ),
  province_avg_elec_cost_2024: of(
    'cost',
    'four_decimals',
    always(
      'PROVINCE_COST',
      'electricity costs {value} EUR/kWh in the province',
      'la luz cuesta {value} EUR/kWh en la provincia',
    ),
  ),
  province_avg_gas_cost_2024: of(
    'cost',
    'four_decimals',
    always('PROVINCE_COST', 'gas costs {value} EUR/m3 in the province', 'el gas cuesta {value} EUR/m3 en la provincia'),
  ),
  province_elec_cost_trend: of(
    'cost',
    'percent',
    when(
      { above: 0 },
      'PROVINCE_COST',
      'electricity costs rose {value} % in the province',
      'el coste de la luz subió un {value} % en la provincia',
    ),
    when(
      { below: 0 },
      'PROVINCE_COST',
      'electricity costs fell {value} % in the province',
      'el coste de la luz bajó un {value} % en la provincia',
    ),
  ),
  min_monthly_margin: of(
    'margin',
    'two_decimals',
    when(
      { below: 0 },
      'LOW_MARGIN',
      'margin was {value} EUR below zero in the worst month',
      'el margen llegó a {value} EUR por debajo de cero en el peor mes',
    ),
    always('MARGIN', 'margin of {value} EUR in the worst month', 'margen de {value} EUR en el peor mes'),
  ),
  max_negative_margin: of(
    'margin',
    'whole',
    when({ above: 0 }, 'LOW_MARGIN', 'months with a negative margin: {value}', 'meses con margen negativo: {value}'),
    always('MARGIN', 'no month with a negative margin', 'ningún mes con margen negativo'),
  ),
  std_margin: of(
    'margin',
    'two_decimals',
    always(
      'UNEVEN_MARGIN',
      'margin varies by {value} EUR from month to month',
      'el margen varía {value} EUR de un mes a otro',
    ),
  ),
  rolling_margin_trend: of(
    'margin',
    'two_decimals',
    when(
      { below: 0 },
      'FALLING_MARGIN',
      'margin fell {value} EUR a month in the last quarter',
      'el margen bajó {value} EUR al mes en el último trimestre',
    ),
    when(
      { above: 0 },
      'MARGIN',
      'margin rose {value} EUR a month in the last quarter',
      'el margen subió {value} EUR al mes en el último trimestre',
    ),
  ),
};

const CONTACTS: Record<string, FeatureReason> = {
  has_interaction: of(
    'contact',
    'whole',
    when({ is: 0 }, 'NO_CONTACT', 'no contact on record', 'sin contactos registrados'),
    isSet('RECENT_CONTACT', 'has contacted us', 'se ha puesto en contacto con nosotros'),
  ),
  last_interaction_days_ago: of(
    'contact',
    'whole',
    when({ missing: true }, 'NO_CONTACT', 'no dated contact on record', 'sin contactos con fecha'),
    always('RECENT_CONTACT', 'last contact {value} days ago', 'último contacto hace {value} días'),
  ),
  interaction_within_3m_of_renewal: flag(
    'contact',
    'CONTACT_NEAR_RENEWAL',
    'contact in the 3 months before the renewal',
    'contacto en los 3 meses anteriores a la renovación',
  ),
  is_interaction_within_30d_of_renewal: flag(
    'contact',
    'CONTACT_NEAR_RENEWAL',
    'contact in the month before the renewal',
    'contacto en el mes anterior a la renovación',
  ),
  customer_intent: of(
    'topic',
    'label',
    when({ missing: true }, 'NO_CONTACT_TOPIC', 'no text of a contact on record', 'sin texto de contactos'),
    when({ is: 'Cancellation / Switch' }, ...CANCELLATION),
    when({ is: 'Complaint / Escalation' }, ...COMPLAINT),
    when({ is: 'Pricing Offers' }, ...PRICE_QUESTION),
    always('CONTACT_TOPIC', 'last contact about: {value}', 'último contacto sobre: {value}'),
  ),
  is_cancellation_intent: flag('topic', ...CANCELLATION),
  is_complaint_intent: flag('topic', ...COMPLAINT),
  recent_complaint_flag: flag(
    'topic',
    'COMPLAINT',
    'complained or spoke of leaving in the last contact',
    'se quejó o habló de irse en el último contacto',
  ),
  intent_severity_score: of(
    'topic',
    'whole',
    when({ is: 3 }, ...CANCELLATION),
    when({ is: 2 }, ...COMPLAINT),
    when({ is: 1 }, ...PRICE_QUESTION),
  ),
  complaint_near_renewal: flag(
    'topic',
    'COMPLAINT',
    'complained or spoke of leaving shortly before the renewal',
    'se quejó o habló de irse poco antes de la renovación',
  ),
  dual_fuel_x_intent: flag(
    'topic',
    'COMPLAINT',
    'electricity and gas customer who complained or spoke of leaving',
    'cliente de luz y gas que se quejó o habló de irse',
  ),
  is_price_sensitive: flag('topic', ...PRICE_QUESTION),
  intent_x_renewal_bucket: of(
    'topic',
    'pair',
    always('CONTACT_TOPIC', 'last contact and renewal: {value}', 'último contacto y renovación: {value}'),
  ),
  intent_x_tenure_bucket: of(
    'topic',
    'pair',
    always(
      'CONTACT_TOPIC',
      'last contact and time as a customer: {value}',
      'último contacto y antigüedad como cliente: {value}',
    ),
  ),
  competition_x_intent: of(
    'topic',
    'pair',
    always(
      'CONTACT_TOPIC',
      'competition (1 strong) and last contact: {value}',
      'competencia (1 mucha) y último contacto: {value}',
    ),
  ),
  intent_x_sentiment: of(
    'topic',
    'pair',
    always('CONTACT_TOPIC', 'last contact and its tone: {value}', 'último contacto y su tono: {value}'),
  ),
  sentiment_label: of(
    'tone',
    'label',
    when({ missing: true }, 'NO_CONTACT_TONE', 'no contact whose tone is known', 'sin contactos de tono conocido'),
    when({ is: 'negative' }, ...NEGATIVE),
    when({ is: 'neutral' }, 'CONTACT_TONE', 'neutral tone in the last contact', 'tono neutro en el último contacto'),
    when(
      { is: 'positive' },
      'CONTACT_TONE',
      'positive tone in the last contact',
      'tono positivo en el último contacto',
    ),
  ),
  is_negative_sentiment: flag('tone', ...NEGATIVE),
  complaint_x_negative_sentiment: flag(
    'tone',
    'NEGATIVE_TONE',
    'complained or spoke of leaving in a negative tone',
    'se quejó o habló de irse en tono negativo',
  ),
  sentiment_x_renewal_bucket: of(
    'tone',
    'pair',
    always(
      'CONTACT_TONE',
      'tone of the last contact and renewal: {value}',
      'tono del último contacto y renovación: {value}',
    ),
  ),
};

/** Every feature that the code makes. A data set's own columns get {@link ownReason}. */
export const REASONS: Readonly<Record<string, FeatureReason>> = { ...RENEWAL, ...CUSTOMER, ...ENERGY, ...CONTACTS };

/** Spanish for the labels of categories; what is not here is written as it is. */
export const SPANISH: Readonly<Record<string, string>> = {
  Residential: 'Residencial',
  SME: 'Pyme',
  Corporate: 'Gran empresa',
  Residential_SingleFuel: 'Residencial, una energía',
  Residential_DualFuel: 'Residencial, luz y gas',
  SME_SingleFuel: 'Pyme, una energía',
  SME_DualFuel: 'Pyme, luz y gas',
  Corporate_SingleFuel: 'Gran empresa, una energía',
  Corporate_DualFuel: 'Gran empresa, luz y gas',
  'In-Person Commercial': 'comercial presencial',
  Office: 'oficina',
  Telemarketing: 'telemarketing',
  'Own Website': 'web propia',
  'Comparison Website': 'comparador',
  Unknown: 'desconocido',
  'Billing / Payment': 'facturación o pago',
  'Contract Renewal': 'renovación del contrato',
  'Plan / Product Inquiry': 'consulta sobre planes',
  'Account / Service Inquiry': 'consulta sobre la cuenta o el servicio',
  'General / Operational Contact': 'gestión general',
  'Other / Unclassified': 'otro motivo',
};

/** The reason of a column that only one data set has: its name and its value. */
export function ownReason(feature: string): Text {
  const words = feature.replaceAll('_', ' ');
  const code = feature.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return { code, en: `${words}: {value}`, es: `${words}: {value}` };
}
