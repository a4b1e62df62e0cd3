import { assignSplit } from './assignSplit.ts';
import { normalizeSql } from './castColumn.ts';
import { countDates, type DateRule, datedSql, dateRules } from './checkDates.ts';
import { dropDuplicates, uniqueView } from './dropDuplicates.ts';
import type { Session } from './session.ts';
import { columnList, identifier, literal } from './sql.ts';
import { rowNumber, type Staged } from './stageSource.ts';
import type { CheckReport, DoorOptions } from './types.ts';

/**
 * The table of contracts; `model_type` is null for those that no model scores. Sorted by partition, then `policy_id`.
 */
export const CONTRACTS = 'contracts';

/** Removes bad customers: duplicates go, dates in the future become null. The rest is the table `clie_kept`. */
export async function keepCustomers(session: Session, staged: Staged, asOf: string): Promise<CheckReport[]> {
  const duplicate = await dropDuplicates(session, staged);
  const rules = dateRules(staged, asOf);
  const dates = await countDates(session, staged, rules);
  await session.run(`CREATE TABLE clie_kept AS ${keptColumns(staged, rules, '')}`);
  await dropStage(session, staged);
  return [duplicate, ...dates];
}

/** The same for contracts, which get their model type and partition too: the table `pola_kept`. */
export async function keepContracts(
  session: Session,
  staged: Staged,
  options: Pick<DoorOptions, 'asOf' | 'modelTypes'> & { partitions: number },
): Promise<CheckReport[]> {
  const duplicate = await dropDuplicates(session, staged);
  const rules = dateRules(staged, options.asOf);
  const dates = await countDates(session, staged, rules);
  const made = `, __row, ${modelTypeSql(options.modelTypes)} AS model_type,
    CAST(hash(policy_id) % ${options.partitions} AS INTEGER) AS __part`;
  await session.run(`CREATE TABLE pola_kept AS ${keptColumns(staged, rules, made)}`);
  await dropStage(session, staged);
  const orphan = await countContracts(session, staged, {
    column: 'customer_id',
    check: 'orphan',
    outcome: 'kept',
    broken: 'NOT EXISTS (FROM clie_kept c WHERE c.customer_id = pola_kept.customer_id)',
  });
  const homeless = await countContracts(session, staged, {
    column: 'tarifa',
    check: 'model_type',
    outcome: 'row_dropped',
    broken: 'model_type IS NULL',
  });
  return [duplicate, ...dates, orphan, homeless];
}

/** Contracts with their customer's columns, model type, split and fold: the table {@link CONTRACTS}. */
export async function joinContracts(
  session: Session,
  { clie, pola }: { clie: Staged; pola: Staged },
  options: Pick<DoorOptions, 'split' | 'cvFolds'>,
): Promise<string[]> {
  const folds = options.cvFolds ?? 0;
  await assignSplit(session, options.split, folds);
  const ofContract = Object.keys(pola.spec.columns);
  const ofCustomer = Object.keys(clie.spec.columns).filter((name) => name !== 'customer_id');
  const ofSplit = folds > 0 ? ['split', 'fold'] : ['split'];
  const from = (alias: string, names: string[]) => names.map((name) => `${alias}.${identifier(name)}`);
  const columns = [
    ...from('p', [...ofContract, 'model_type', '__part']),
    ...from('c', ofCustomer),
    ...from('s', ofSplit),
  ];
  await session.run(`
    CREATE TABLE ${CONTRACTS} AS SELECT ${columns.join(', ')}
    FROM pola_kept p LEFT JOIN clie_kept c ON c.customer_id = p.customer_id
      LEFT JOIN contract_split s ON s.policy_id = p.policy_id
    ORDER BY p.__part, p.policy_id`);
  for (const table of ['pola_kept', 'clie_kept', 'contract_split']) await session.run(`DROP TABLE ${table}`);
  return [...ofContract, ...ofCustomer, 'model_type', ...ofSplit];
}

function keptColumns({ source, spec }: Staged, rules: DateRule[], made: string): string {
  const columns = Object.keys(spec.columns).map((name) => datedSql(name, rules));
  return `SELECT ${columns.join(', ')}${made} FROM ${identifier(uniqueView(source.name))}`;
}

async function dropStage(session: Session, { source, relation }: Staged): Promise<void> {
  await session.run(`DROP VIEW ${identifier(uniqueView(source.name))}`);
  await session.run(`DROP TABLE ${identifier(`${source.name}_duplicates`)}`);
  await session.run(`DROP TABLE ${relation}`);
}

function modelTypeSql(modelTypes: DoorOptions['modelTypes']): string {
  const cases = Object.entries(modelTypes).map(([type, { tarifas }]) => {
    const names = tarifas.map((tarifa) => normalizeSql(literal(tarifa)));
    return `WHEN tarifa IN (${names.join(', ')}) THEN ${literal(type)}`;
  });
  return `CASE ${cases.join(' ')} END`;
}

type ContractRule = Pick<CheckReport, 'column' | 'check' | 'outcome'> & { broken: string };

async function countContracts(session: Session, staged: Staged, rule: ContractRule): Promise<CheckReport> {
  const { broken, ...check } = rule;
  const [row = {}] = await session.rows(`
    SELECT count(*) AS count, min(__row) AS first, min_by(value, (__row, policy_id)) AS example
    FROM (SELECT __row, policy_id, coalesce(${columnList([rule.column])}, '') AS value FROM pola_kept WHERE ${broken})`);
  const count = Number(row.count);
  const first = staged.source.ordered ? rowNumber(row.first) : null;
  const example = count === 0 ? null : { value: String(row.example), row: first };
  return { ...check, count, share: count / staged.rowsRead, example };
}
