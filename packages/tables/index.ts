/** The door: the only place where raw rows are checked. DuckDB inside, closed after use. */

export {
  aggregateConsumption,
  type ConsumptionColumns,
  type ConsumptionOptions,
  type ConsumptionReport,
} from './aggregateConsumption.ts';
export type { TableFault } from './errors.ts';
export { openDoor } from './openDoor.ts';
export { identifier, listLiteral, literal } from './sql.ts';
export { type StagedTables, type StageOptions, stageTables } from './stageTables.ts';
export { PERIODS } from './tariffPeriods.ts';
export type {
  CheckName,
  CheckOutcome,
  CheckReport,
  ColumnSpec,
  ColumnType,
  DoorOptions,
  DoorReport,
  SourceName,
  SourceReport,
  SourceSpec,
  SplitCount,
  SplitRule,
} from './types.ts';
