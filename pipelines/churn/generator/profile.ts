import type { Knots } from './curve.ts';

/** The customers that the published figures are of. Counts below are theirs; every other number of customers has their shares. */
export const REFERENCE_CUSTOMERS = 20_099;
export const CHURNERS = 2002;
/** What months of 2024 end on; nothing later is known. */
export const AS_OF = '2024-12-31';
export const HOURS_2024 = 8784;
export const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
export const DAYS_A_MONTH = 30.44;

export const SEGMENTS = { Residential: 18_090, SME: 1832, Corporate: 177 } as const;
export type Segment = keyof typeof SEGMENTS;
export const SECOND_RESIDENCES = 402;
export const HIGH_COMPETITION = 6083;
export const GAS_CUSTOMERS = 3632;

/** By the names of the cleaned layer, in each segment. */
export const CHANNELS: Record<Segment, Record<string, number>> = {
  Residential: { in_person: 8235, unknown: 4744, comparison: 2351, office: 1654, telemarketing: 1085, own_website: 21 },
  SME: { in_person: 868, unknown: 482, comparison: 167, office: 181, telemarketing: 132, own_website: 2 },
  Corporate: { in_person: 55, unknown: 41, comparison: 79, office: 1, telemarketing: 1 },
};
export const CHANNEL_CODES: Record<string, string> = {
  in_person: 'presencial_comercial',
  comparison: 'comparador',
  office: 'oficina',
  telemarketing: 'telemarketing',
  own_website: 'web_propia',
};

const count = (customers: number) => customers / REFERENCE_CUSTOMERS;

/** Days from the as-of date to the renewal: 581 expired, 4,244 within 90 days, 9,212 to 180, 6,062 to 298. */
export const RENEWAL_DAYS: Knots = [
  [0, -29.499],
  [count(581), 0.5],
  [count(4825), 90.5],
  [count(5840), 107.5],
  [count(10_850), 155.5],
  [count(14_037), 180.5],
  [count(15_460), 198.5],
  [count(18_400), 240.5],
  [1, 298.499],
];

export const TENURE_MONTHS: Knots = [
  [0, 0.3],
  [count(1604), 6],
  [count(3200), 12],
  [count(6163), 24],
  [0.487, 44],
  [count(12_942), 60],
  [0.75, 71.5],
  [0.9, 125],
  [1, 182],
];

/** Months since the last product change, of those that had one. */
export const CHANGE_MONTHS: Knots = [
  [0, 0.2],
  [0.25, 3.8],
  [0.5, 8.2],
  [0.75, 16],
  [0.95, 42],
  [1, 90],
];

/** A customer's mean month, kWh. */
export const ELEC_KWH: Knots = [
  [0, 0.003],
  [0.01, 0.012],
  [0.03, 3],
  [0.25, 34],
  [0.5, 90],
  [0.75, 294],
  [0.9, 1200],
  [0.95, 5000],
  [0.99, 23_042],
  [0.999, 50_000],
  [1, 92_559],
];

/** A customer's month of the nine with gas, m3. */
export const GAS_M3: Knots = [
  [0, 1],
  [0.1, 14],
  [0.5, 70],
  [0.75, 190],
  [0.9, 680],
  [0.97, 3000],
  [1, 9500],
];

/** (last price of the year - first) / first. */
export const PRICE_TREND: Knots = [
  [0, -0.17],
  [0.01, -0.093],
  [0.25, -0.021],
  [0.5, 0.026],
  [0.75, 0.073],
  [0.95, 0.18],
  [0.99, 0.487],
  [1, 0.9],
];

/** Last tier-1 price less the province's mean cost, EUR per kWh. */
export const SPREAD: Knots = [
  [0, 0.012],
  [0.01, 0.022],
  [0.25, 0.05],
  [0.5, 0.071],
  [0.75, 0.086],
  [0.95, 0.125],
  [0.99, 0.167],
  [1, 0.253],
];

/** A province's mean cost of the year: electricity EUR per kWh, gas EUR per m3. */
export const PROVINCE_ELEC_COST: Knots = [
  [0, 0.0758],
  [0.02, 0.0761],
  [0.25, 0.0771],
  [0.5, 0.0775],
  [0.75, 0.0782],
  [0.97, 0.081],
  [1, 0.0811],
];
export const PROVINCE_GAS_COST: Knots = [
  [0, 0.7],
  [0.02, 0.702],
  [0.25, 0.753],
  [0.5, 0.768],
  [0.75, 0.786],
  [0.97, 0.862],
  [1, 0.863],
];

/** Spain's provinces by their official numbers: share of customers (thousandths), region, more than one strong competitor. */
export const PROVINCES: readonly { code: number; region: string; weight: number; competition: boolean }[] = [
  ...region('Andalucia', { 4: 15, 11: 26, 14: 16, 18: 19, 21: 11, 23: 13, 29: 36, 41: 41 }),
  ...region('Aragon', { 22: 5, 44: 3, 50: 21 }),
  ...region('Asturias', { 33: 21 }),
  ...region('Baleares', { 7: 25 }),
  ...region('Canarias', { 35: 24, 38: 23 }),
  ...region('Cantabria', { 39: 12 }),
  ...region('Castilla y Leon', { 5: 3, 9: 8, 24: 10, 34: 3, 37: 7, 40: 3, 42: 2, 47: 11, 49: 4 }),
  ...region('Castilla-La Mancha', { 2: 8, 13: 10, 16: 4, 19: 6, 45: 15 }),
  ...region('Cataluna', { 8: 119, 17: 16, 25: 9, 43: 17 }, [8]),
  ...region('Extremadura', { 6: 14, 10: 8 }),
  ...region('Galicia', { 15: 24, 27: 7, 32: 6, 36: 20 }),
  ...region('La Rioja', { 26: 7 }),
  ...region('Madrid', { 28: 142 }, [28]),
  ...region('Murcia', { 30: 32 }),
  ...region('Navarra', { 31: 14 }),
  ...region('Pais Vasco', { 1: 7, 20: 15, 48: 24 }),
  ...region('Valencia', { 3: 40, 12: 12, 46: 55 }, [46]),
];

function region(name: string, weights: Record<number, number>, competitive: number[] = []) {
  return Object.entries(weights).map(([code, weight]) => ({
    code: Number(code),
    region: name,
    weight,
    competition: competitive.includes(Number(code)),
  }));
}
