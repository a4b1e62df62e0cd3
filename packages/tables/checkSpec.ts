import { tableError } from './errors.ts';
import type { ColumnSpec, DoorOptions, SourceName, SourceSpec } from './types.ts';

/** Columns that the door itself needs or makes, and the types they must have. */
const NEEDED: Record<SourceName, Record<string, ColumnSpec['type']>> = {
  clie: { customer_id: 'string' },
  pola: { policy_id: 'string', customer_id: 'string', tarifa: 'category' },
  hfac: { policy_id: 'string', invoice_date: 'date' },
};
const MADE = ['model_type', 'split', 'fold'];
const UNIQUE: Partial<Record<SourceName, string>> = { clie: 'customer_id', pola: 'policy_id' };

/**
 * Refuses a configuration of columns that cannot work, before a row is read.
 *
 * @throws InputError `column_spec`
 */
export function checkSpecs({ sources, modelTypes, split }: DoorOptions): void {
  for (const name of ['clie', 'pola', 'hfac'] as const) checkSource(name, sources[name]);
  const twice = Object.keys(sources.clie.columns).find(
    (name) => name !== 'customer_id' && name in sources.pola.columns,
  );
  if (twice) throw refuse(`clie.columns.${twice}`, 'POLA has a column of this name too', 'rename one of them');
  if (split !== 'inference' && !('target' in sources.pola.columns)) {
    throw refuse('pola.columns.target', 'no target to train on', 'declare it, or score instead of training');
  }
  checkTarifas(modelTypes);
}

/** The columns a row cannot do without, as their specs say or because the row means nothing otherwise. */
export function isNullable(source: string, spec: SourceSpec, name: string): boolean {
  if (spec.key.includes(name) || (source === 'hfac' && name === 'invoice_date')) return false;
  return spec.columns[name]?.nullable ?? true;
}

function checkSource(source: SourceName, spec: SourceSpec): void {
  const names = Object.keys(spec.columns);
  for (const [name, type] of Object.entries(NEEDED[source])) {
    if (spec.columns[name]?.type === type) continue;
    throw refuse(`${source}.columns.${name}`, `this column must be declared, of type ${type}`, 'declare it so');
  }
  const unique = UNIQUE[source];
  if (spec.key.length === 0 || (unique !== undefined && spec.key.join() !== unique)) {
    throw refuse(`${source}.key`, 'not the key of this source', `use [${unique ?? 'policy_id, invoice_date'}]`);
  }
  const absent = spec.key.find((name) => !names.includes(name));
  if (absent) throw refuse(`${source}.key`, `no column "${absent}"`, 'declare it, or correct the key');
  const lower = names.map((name) => name.toLowerCase());
  for (const [i, name] of names.entries()) {
    const reserved = name.startsWith('__') || (source !== 'hfac' && MADE.includes(name.toLowerCase()));
    if (reserved) throw refuse(`${source}.columns.${name}`, 'this name is taken', 'use another');
    if (lower.indexOf(name.toLowerCase()) !== i) {
      throw refuse(`${source}.columns.${name}`, 'two columns differ in upper and lower case only', 'rename one');
    }
    checkColumn(`${source}.columns.${name}`, spec.columns[name] as ColumnSpec);
  }
}

function checkColumn(where: string, column: ColumnSpec): void {
  const isNumber = column.type === 'integer' || column.type === 'number';
  if (!isNumber && (column.min !== undefined || column.max !== undefined)) {
    throw refuse(where, `min and max on a column of type ${column.type}`, 'they are for integer and number');
  }
  if (column.values && column.type !== 'category') {
    throw refuse(where, `values on a column of type ${column.type}`, 'they are for category');
  }
  if (column.dateFormat !== undefined && column.type !== 'date') {
    throw refuse(where, `dateFormat on a column of type ${column.type}`, 'it is for date');
  }
}

function checkTarifas(modelTypes: DoorOptions['modelTypes']): void {
  const owner = new Map<string, string>();
  for (const [type, { tarifas }] of Object.entries(modelTypes)) {
    for (const tarifa of tarifas) {
      const other = owner.get(tarifa);
      if (other !== undefined && other !== type) {
        const where = `modeling.model_types.${type}.tarifas`;
        throw tableError('column_spec', `"${tarifa}" is ${other}'s too`, where, 'give each tarifa one model type');
      }
      owner.set(tarifa, type);
    }
  }
}

function refuse(key: string, what: string, todo: string): Error {
  return tableError('column_spec', what, `columns.sources.${key}`, todo);
}
