import { parseSettings, type Settings, SettingsError } from './settings.ts';

/**
 * Settings of a stack from Pulumi's whole bag of configuration, so that a key that nobody reads is refused and not passed over.
 *
 * @param bag every key with its namespace, as `pulumi.runtime.allConfig()` gives it: texts as they are, all else as JSON
 * @throws SettingsError that lists every wrong key with what is wrong
 */
export function readSettings(bag: Record<string, string>, project: string, stack: string): Settings {
  const prefix = `${project}:`;
  const own = Object.entries(bag).filter(([key]) => key.startsWith(prefix));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), parseValue(value)]));
  if ('stack' in values)
    throw new SettingsError(`${prefix}stack: no such key: the stack is the one that Pulumi was told to use`);
  return parseSettings({ ...values, stack });
}

/** Only what cannot be a text is read as JSON: an account id of twelve digits stays a text. */
function parseValue(value: string): unknown {
  if (!/^\s*[[{]|^(true|false)$/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
