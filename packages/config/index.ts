/** Typed, frozen configuration from files: base plus overlays, with the origin of every value. */

export { formatConfig } from './format.ts';
export { type LoadedConfig, loadConfig } from './load.ts';
