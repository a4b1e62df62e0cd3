/** Zones by letter: what subnets are called after, whatever AWS calls the zone. */
export const ZONE_LETTERS = ['a', 'b', 'c'] as const;
export type ZoneLetter = (typeof ZONE_LETTERS)[number];

export type SubnetPlan = { letter: ZoneLetter; privateCidr: string; publicCidr: string };

/** AWS takes VPCs between these sizes; below /20 the public subnets would be too small for a load balancer and its growth. */
const VPC_BITS_MIN = 16;
const VPC_BITS_MAX = 20;

/**
 * Cuts a VPC's block into subnets: three quarters for private subnets, one a zone, and the last quarter, cut in four again,
 * for public ones. A zone that is added later moves none of the others.
 *
 * 10.20.0.0/16 in two zones: private 10.20.0.0/18, 10.20.64.0/18; public 10.20.192.0/20, 10.20.208.0/20.
 */
export function planSubnets(cidr: string, zones: number): SubnetPlan[] {
  const { start, bits } = parseBlock(cidr);
  if (bits < VPC_BITS_MIN || bits > VPC_BITS_MAX) {
    throw new RangeError(`network.create.cidr: ${cidr} must be between /${VPC_BITS_MIN} and /${VPC_BITS_MAX}`);
  }
  if (zones < 1 || zones > ZONE_LETTERS.length) {
    throw new RangeError(`network.create.zones: ${zones} is not within 1..${ZONE_LETTERS.length}`);
  }
  const quarter = 2 ** (32 - bits - 2);
  const sixteenth = quarter / 4;
  return ZONE_LETTERS.slice(0, zones).map((letter, zone) => ({
    letter,
    privateCidr: `${format(start + zone * quarter)}/${bits + 2}`,
    publicCidr: `${format(start + 3 * quarter + zone * sixteenth)}/${bits + 4}`,
  }));
}

/**
 * Which zone's NAT gateway each zone goes out by: its own where it has one, else one of the others in turn; null where there
 * are none.
 */
export function planNatGateways(zones: number, natGateways: number): (ZoneLetter | null)[] {
  if (natGateways > zones) {
    throw new RangeError(`network.create.natGateways: ${natGateways} are more than the ${zones} zones`);
  }
  return ZONE_LETTERS.slice(0, zones).map((_, zone) =>
    natGateways === 0 ? null : (ZONE_LETTERS[zone % natGateways] ?? null),
  );
}

/** Name of a zone of the region, by its place in the list that AWS gives. */
export function zoneAt(names: readonly string[], letter: ZoneLetter): string {
  const name = [...names].sort()[ZONE_LETTERS.indexOf(letter)];
  if (name !== undefined) return name;
  throw new RangeError(`network.create.zones: the region has ${names.length} zones, ${names.join(', ')}`);
}

function parseBlock(cidr: string): { start: number; bits: number } {
  const [address = '', length = ''] = cidr.split('/');
  const parts = address.split('.').map(Number);
  const bits = Number(length);
  const valid = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  if (!valid || length === '') throw new RangeError(`network.create.cidr: ${cidr} is not a block as 10.20.0.0/16`);
  const start = parts.reduce((sum, part) => sum * 256 + part, 0);
  const first = start - (start % 2 ** (32 - bits));
  if (first !== start)
    throw new RangeError(`network.create.cidr: ${cidr} starts at ${format(first)}, not at ${address}`);
  return { start, bits };
}

const format = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
