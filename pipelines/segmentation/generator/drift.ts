export const DRIFT_KINDS = ['none', 'mean', 'price', 'mix', 'missing', 'category', 'all'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** What a period's data are like; {@link driftLevels} states by how much each kind of drift moves them. */
export type Levels = {
  /** Factor on consumption. */
  consumption: number;
  /** Factor on the energy price. */
  energyPrice: number;
  /** Factor on each customer type's share of industrial contracts. */
  industrial: number;
  /** Share of contracts sold on the web, taken from (or given to) the shops. */
  web: number;
  estratoNull: number;
  channelNull: number;
  consumptionNull: number;
  /** Share of contracts of a channel that did not exist before, AGREGADOR. */
  newChannel: number;
};

const STILL: Levels = {
  consumption: 1,
  energyPrice: 1,
  industrial: 1,
  web: 0.2,
  estratoNull: 0.06,
  channelNull: 0.03,
  consumptionNull: 0.005,
  newChannel: 0,
};

const MOVED: Record<Exclude<DriftKind, 'none' | 'all'>, Partial<Levels>> = {
  mean: { consumption: 1.5 },
  price: { energyPrice: 1.3 },
  mix: { industrial: 1.6, web: 0.4 },
  missing: { estratoNull: 0.25, channelNull: 0.15, consumptionNull: 0.1 },
  category: { newChannel: 0.08 },
};

/** `all` is every other kind at once. */
export function driftLevels(kind: DriftKind): Levels {
  if (kind === 'none') return STILL;
  const moved = kind === 'all' ? Object.values(MOVED) : [MOVED[kind]];
  return Object.assign({ ...STILL }, ...moved);
}
