/** The door: the only place where raw rows are checked. DuckDB inside, closed after use. */

export type { TableFault } from './errors.ts';
export { openDoor } from './openDoor.ts';
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
