/** The tariff periods by local hour, in the order of their numbers from 1, as the Rust core names its columns. */
export const PERIODS = ['tier_1_peak', 'tier_2_standard', 'tier_3_offpeak'] as const;
