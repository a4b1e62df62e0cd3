/** Pure column -> column functions on polars expressions, one a file. They read nothing and write nothing. */
export { addInvoiceColumns, type InvoiceStatistic } from './addInvoiceColumns.ts';
export { addMargins } from './addMargins.ts';
export { categorizeTenure, type TenureBand } from './categorizeTenure.ts';
export { classifyEstrato, ESTRATO_CLASSES } from './classifyEstrato.ts';
export { classifyResidence, classifySegment } from './classifySegment.ts';
export { cleanChannel, UNKNOWN_CHANNEL } from './cleanChannel.ts';
export { crossLevels } from './crossLevels.ts';
export { dayNumber, dayOf, daysFrom } from './days.ts';
export { handleIncorrientes, type IncorrientesRules } from './handleIncorrientes.ts';
export { imputePrices, PAIRED_PRICES } from './imputePrices.ts';
export {
  DAYS_A_MONTH,
  monthsSince,
  monthsToRenewal,
  renewalBucket,
  tenureBucket,
  tenureMonths,
} from './lifecycle.ts';
export { measureLateness } from './measureLateness.ts';
export { type DateStrategy, normalizeDatesRelativeToInvoice } from './normalizeDatesRelativeToInvoice.ts';
export { pivotInvoices } from './pivotInvoices.ts';
export { quantileThresholds, rankRisk } from './rankRisk.ts';
export { summarizeMonths } from './summarizeMonths.ts';
